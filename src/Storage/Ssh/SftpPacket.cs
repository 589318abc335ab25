using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace StreamClips.Storage.Ssh;

/// <summary>Kinds of SFTP packets (draft-ietf-secsh-filexfer-02, section 3: version 3, which OpenSSH speaks).</summary>
internal enum SftpType : byte
{
    Init = 1, Version = 2, Open = 3, Close = 4, Read = 5, Write = 6, OpenDirectory = 11, ReadDirectory = 12, Remove = 13, MakeDirectory = 14, Stat = 17, Rename = 18,
    Status = 101, Handle = 102, Data = 103, Names = 104, Attributes = 105, Extended = 200, ExtendedReply = 201,
}

/// <summary>Status codes of SFTP (section 7 of the draft).</summary>
public enum SftpStatus
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>Behind the end of the file.</summary>
    EndOfFile = 1,

    /// <summary>No such file or directory.</summary>
    NoSuchFile = 2,

    /// <summary>Not allowed.</summary>
    PermissionDenied = 3,

    /// <summary>It failed; version 3 has no more exact words, also for a full disk.</summary>
    Failure = 4,

    /// <summary>The packet makes no sense.</summary>
    BadMessage = 5,

    /// <summary>Not known to the server.</summary>
    Unsupported = 8,
}

/// <summary>The server refused a request.</summary>
/// <param name="status">Its code.</param>
/// <param name="message">What was refused, and what the server said.</param>
public sealed class SftpException(SftpStatus status, string message) : IOException(message)
{
    /// <summary>The server's code.</summary>
    public SftpStatus Status => status;
}

/// <summary>Writes a request, field by field.</summary>
internal sealed class SftpRequest
{
    private readonly ArrayBufferWriter<byte> _bytes = new(256);

    public SftpRequest(SftpType type, uint id)
    {
        Number(0);
        _bytes.Write([(byte)type]);
        Number(id);
    }

    public SftpRequest Number(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    public SftpRequest Long(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    public SftpRequest Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    public SftpRequest Bytes(ReadOnlySpan<byte> value)
    {
        Number((uint)value.Length);
        _bytes.Write(value);
        return this;
    }

    /// <summary>The packet with its length in front.</summary>
    public ReadOnlyMemory<byte> ToPacket()
    {
        var packet = MemoryMarshal.AsMemory(_bytes.WrittenMemory);
        BinaryPrimitives.WriteInt32BigEndian(packet.Span, packet.Length - 4);
        return packet;
    }
}

/// <summary>Reads a reply. What is not there is a fault of the server.</summary>
internal sealed class SftpReply(SftpType type, ReadOnlyMemory<byte> rest)
{
    private ReadOnlyMemory<byte> _rest = rest;

    public SftpType Type => type;

    public uint Number() => BinaryPrimitives.ReadUInt32BigEndian(Take(4).Span);

    public long Long() => BinaryPrimitives.ReadInt64BigEndian(Take(8).Span);

    public ReadOnlyMemory<byte> Bytes() => Take(Number());

    public string Text() => Encoding.UTF8.GetString(Bytes().Span);

    public bool IsEmpty => _rest.IsEmpty;

    private ReadOnlyMemory<byte> Take(uint count)
    {
        if (count > _rest.Length) throw new SftpException(SftpStatus.BadMessage, $"the server's answer ({type}) is cut short");
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
