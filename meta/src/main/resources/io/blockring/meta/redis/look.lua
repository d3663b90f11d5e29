-- A look at a name in a directory: what entry it has, and the attributes of the inode that it names.
--
-- KEYS: the entries of the directory, its attributes. ARGV: the name, what the keys of all attributes begin with.
-- Answers {entry, 1, attributes}, or {entry, 0} where the inode is for the client to read, or {nothing, 0, attributes
-- of the directory}.

-- Numbers of a script are exact below 2^53: the inodes of the trash are above.
local EXACT_HIGH = 2097152

local child = redis.call('HGET', KEYS[1], ARGV[1])
if not child then return {false, 0, redis.call('GET', KEYS[2])} end
if #child ~= 9 then return {child, 0} end
local high, low = struct.unpack('>I4I4', child, 2)
if high >= EXACT_HIGH then return {child, 0} end
return {child, 1, redis.call('GET', ARGV[2] .. string.format('%.0f', high * 4294967296 + low))}
