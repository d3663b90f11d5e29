-- Commits a transaction: when all is as it was read, makes its writes and returns their answers; else returns false.
--
-- ARGV is a list of checks, the word "then", and a list of writes:
--   is KEY VALUE               the string is this                 call N COMMAND ARGUMENT...   N words of a command
--   not KEY                    there is no such key               touch KEY TIMES LINKS        a directory has changed
--                              count RECORDS OWNER NUMBERS MORE   adds to NUMBERS if OWNER is in RECORDS
--   field KEY FIELD VALUE      the field of the hash is this
--   nofield KEY FIELD          the hash has no such field
--   list KEY VALUE             the elements, one after the other, are this
--   hash KEY N FIELD VALUE...  the hash has these N fields and no other
--   directory KEY HEAD TAIL    the attributes are this in front of and behind times and links

-- Bytes of attributes, counted from 0: times from 11, time of change of content from 23, links from 47 to before 51.
local HEAD, MTIME, LINKS, TAIL = 11, 23, 47, 51

local at = 1
local function take()
    at = at + 1
    return ARGV[at - 1]
end

local checks = {
    is = function(key) return redis.call('GET', key) == take() end,
    ['not'] = function(key) return redis.call('EXISTS', key) == 0 end,
    field = function(key) return redis.call('HGET', key, take()) == take() end,
    nofield = function(key) return not redis.call('HGET', key, take()) end,
    list = function(key) return table.concat(redis.call('LRANGE', key, 0, -1)) == take() end,
    hash = function(key)
        local fields = tonumber(take())
        if redis.call('HLEN', key) ~= fields then return false end
        for _ = 1, fields do
            if redis.call('HGET', key, take()) ~= take() then return false end
        end
        return true
    end,
    directory = function(key)
        local now = redis.call('GET', key)
        return now and string.sub(now, 1, HEAD) == take() and string.sub(now, TAIL + 1) == take()
    end,
}

local writes = {
    call = function()
        local words = tonumber(take())
        at = at + words
        local answer = redis.call(unpack(ARGV, at - words, at - 1))
        return type(answer) == 'number' and answer or 0
    end,
    touch = function()
        local key, times, more = take(), take(), tonumber(take())
        redis.call('SETRANGE', key, MTIME, times)
        if more ~= 0 then
            local links = struct.unpack('>I4', redis.call('GETRANGE', key, LINKS, TAIL - 1))
            redis.call('SETRANGE', key, LINKS, struct.pack('>I4', links + more))
        end
        return 0
    end,
    count = function()
        local records, owner, numbers, more = take(), take(), take(), take()
        if redis.call('HEXISTS', records, owner) == 1 then redis.call('HINCRBY', numbers, owner, more) end
        return 0
    end,
}

local word = take()
while word ~= 'then' do
    if not checks[word](take()) then return false end
    word = take()
end
local answers = {}
while at <= #ARGV do
    answers[#answers + 1] = writes[take()]()
end
return answers
