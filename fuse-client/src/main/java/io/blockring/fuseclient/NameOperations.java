package io.blockring.fuseclient;

import io.blockring.filesystem.FileSystem;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import java.lang.foreign.MemorySegment;

/** The requests that find, make, move and remove names. The umask is the file system's to apply: a directory may say otherwise. */
final class NameOperations {
    private static final int RENAME_NO_REPLACE = 1;
    private static final int RENAME_EXCHANGE = 2;

    private final FileSystem fileSystem;
    private final InodeReplies inodes;

    NameOperations(FileSystem fileSystem, InodeReplies inodes) {
        this.fileSystem = fileSystem;
        this.inodes = inodes;
    }

    long lookup(Request request, MemorySegment reply) throws FileError {
        Name name = request.strings(0).nextName();
        try {
            return inodes.entry(reply, fileSystem.lookup(Callers.of(request), request.node(), name));
        } catch (FileError e) {
            if (e.kind() == FileError.Kind.NOT_FOUND && inodes.tellsOfMissing()) {
                return inodes.missing(reply);
            }
            throw e;
        }
    }

    long makeNode(Request request, MemorySegment reply) throws FileError {
        var body = RequestBody.MakeNode.of(request);
        Name name = request.strings(RequestBody.MakeNode.LAYOUT.byteSize()).nextName();
        FileType type = FileMode.type(body.mode());
        if (type == FileType.DIRECTORY || type == FileType.SYMLINK) {
            throw new FileError(FileError.Kind.INVALID, "mknod of a " + type);
        }
        return inodes.entry(
                reply,
                fileSystem.makeNode(
                        creator(request, body.mode(), body.umask()),
                        request.node(),
                        name,
                        type,
                        body.mode() & FileMode.PERMISSIONS,
                        body.rdev()));
    }

    long makeDirectory(Request request, MemorySegment reply) throws FileError {
        var body = RequestBody.MakeDirectory.of(request);
        Name name = request.strings(RequestBody.MakeDirectory.LAYOUT.byteSize()).nextName();
        int mode = body.mode() & FileMode.PERMISSIONS;
        return inodes.entry(
                reply, fileSystem.makeDirectory(creator(request, mode, body.umask()), request.node(), name, mode));
    }

    long makeSymlink(Request request, MemorySegment reply) throws FileError {
        Request.Strings strings = request.strings(0);
        Name name = strings.nextName();
        byte[] target = strings.next();
        return inodes.entry(reply, fileSystem.makeSymlink(Callers.of(request), request.node(), name, target));
    }

    /** Whether the maker is in a group matters only where a file is to run as that group. */
    static Caller creator(Request request, int mode, int umask) {
        Caller caller = (mode & FileMode.SET_GROUP_ID) != 0 ? Callers.withGroups(request) : Callers.of(request);
        return new Caller(caller.uid(), caller.gid(), caller.groups(), caller.pid(), umask & FileMode.PERMISSIONS);
    }

    long unlink(Request request) throws FileError {
        fileSystem.unlink(
                Callers.of(request), request.node(), request.strings(0).nextName());
        return 0;
    }

    long removeDirectory(Request request) throws FileError {
        fileSystem.removeDirectory(
                Callers.of(request), request.node(), request.strings(0).nextName());
        return 0;
    }

    long rename(Request request) throws FileError {
        var body = RequestBody.Rename.of(request);
        return rename(
                request, request.strings(RequestBody.Rename.LAYOUT.byteSize()), body.newParent(), RenameMode.REPLACE);
    }

    long renameByMode(Request request) throws FileError {
        var body = RequestBody.Rename2.of(request);
        RenameMode mode = switch (body.flags()) {
            case 0 -> RenameMode.REPLACE;
            case RENAME_NO_REPLACE -> RenameMode.NO_REPLACE;
            case RENAME_EXCHANGE -> RenameMode.EXCHANGE;
            default -> throw new FileError(FileError.Kind.INVALID, "rename with flags " + body.flags());
        };
        return rename(request, request.strings(RequestBody.Rename2.LAYOUT.byteSize()), body.newParent(), mode);
    }

    private long rename(Request request, Request.Strings names, long newParent, RenameMode mode) throws FileError {
        Name name = names.nextName();
        Name newName = names.nextName();
        fileSystem.rename(Callers.of(request), request.node(), name, newParent, newName, mode);
        return 0;
    }

    long link(Request request, MemorySegment reply) throws FileError {
        var body = RequestBody.Link.of(request);
        Name newName = request.strings(RequestBody.Link.LAYOUT.byteSize()).nextName();
        return inodes.entry(reply, fileSystem.link(Callers.of(request), body.inode(), request.node(), newName));
    }
}
