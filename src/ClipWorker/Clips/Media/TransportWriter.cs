using System.Buffers.Binary;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>Writes packets of a transport stream (ISO/IEC 13818-1): tables, and what has a time. Counters are for the one who puts the packets.</summary>
internal static class TransportWriter
{
    /// <summary>The stream_id of pictures.</summary>
    public const byte PictureId = 0xE0;

    /// <summary>The stream_id of sound.</summary>
    public const byte SoundId = 0xC0;

    private const int HeaderBytes = 4;
    private const int Room = TransportPacket.Bytes - HeaderBytes;

    /// <summary>Writes the program association table and the program map table (2.4.4.3, 2.4.4.8), a packet each.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="tablePid">The packet identifier of the second.</param>
    /// <param name="program">Its streams.</param>
    public static void WriteTables(Stream output, int tablePid, MediaProgram program)
    {
        WriteTable(output, 0, 0, [0, 1, (byte)(0xE0 | tablePid >> 8), (byte)tablePid]);
        List<byte> map = [(byte)(0xE0 | program.VideoPid >> 8), (byte)program.VideoPid, 0xF0, 0];
        foreach (var (type, pid) in ((int, int)[])[(program.VideoType, program.VideoPid), (program.AudioType, program.AudioPid)])
            if (pid >= 0) map.AddRange([(byte)type, (byte)(0xE0 | pid >> 8), (byte)pid, 0xF0, 0]);
        WriteTable(output, tablePid, 2, [.. map]);
    }

    /// <summary>Writes a PES packet (2.4.3.6).</summary>
    /// <param name="output">Where to.</param>
    /// <param name="pid">The packet identifier.</param>
    /// <param name="streamId">What it is.</param>
    /// <param name="pts">When it is shown, in 90 kHz.</param>
    /// <param name="dts">When it is decoded; the same as the other where there is no difference.</param>
    /// <param name="content">What it carries.</param>
    public static void WritePes(Stream output, int pid, byte streamId, long pts, long dts, ReadOnlySpan<byte> content)
    {
        var both = pts != dts;
        Span<byte> header = stackalloc byte[both ? 19 : 14];
        header.Clear();
        (header[2], header[3], header[6], header[7], header[8]) = (1, streamId, 0x84, (byte)(both ? 0xC0 : 0x80), (byte)(both ? 10 : 5));
        // Only pictures may leave their length open.
        var length = header.Length - 6 + content.Length;
        if (length <= ushort.MaxValue && streamId != PictureId) BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)length);
        header[9] = (byte)(both ? 0x30 : 0x20);
        PesHeader.Write(header[9..], pts);
        if (both)
        {
            header[14] = 0x10;
            PesHeader.Write(header[14..], dts);
        }

        Span<byte> packet = stackalloc byte[TransportPacket.Bytes];
        var (written, total) = (0, header.Length + content.Length);
        while (written < total)
        {
            var taken = Math.Min(Room, total - written);
            Begin(packet, pid, begins: written == 0, stuffing: Room - taken);
            var place = packet[^taken..];
            if (written < header.Length)
            {
                header.CopyTo(place);
                content[..(taken - header.Length)].CopyTo(place[header.Length..]);
            }
            else
            {
                content.Slice(written - header.Length, taken).CopyTo(place);
            }

            output.Write(packet);
            written += taken;
        }
    }

    private static void Begin(Span<byte> packet, int pid, bool begins, int stuffing)
    {
        (packet[0], packet[1], packet[2], packet[3]) = (TransportPacket.Sync, (byte)((begins ? 0x40 : 0) | pid >> 8), (byte)pid, 0x10);
        if (stuffing == 0) return;
        // An adaptation field of that length: flags 0, and ones.
        packet[3] = 0x30;
        packet[4] = (byte)(stuffing - 1);
        if (stuffing == 1) return;
        packet[5] = 0;
        packet.Slice(6, stuffing - 2).Fill(0xFF);
    }

    private static void WriteTable(Stream output, int pid, byte id, ReadOnlySpan<byte> body)
    {
        Span<byte> packet = stackalloc byte[TransportPacket.Bytes];
        packet.Fill(0xFF);
        Begin(packet, pid, begins: true, stuffing: 0);
        packet[4] = 0;
        var table = packet[5..];
        var length = 5 + body.Length + 4;
        // Section syntax, number 1, version 0 that holds now, the only section.
        ReadOnlySpan<byte> head = [id, (byte)(0xB0 | length >> 8), (byte)length, 0, 1, 0xC1, 0, 0];
        head.CopyTo(table);
        body.CopyTo(table[head.Length..]);
        BinaryPrimitives.WriteUInt32BigEndian(table[(head.Length + body.Length)..], Checksum(table[..(head.Length + body.Length)]));
        output.Write(packet);
    }

    /// <summary>The CRC of annex A.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= (uint)b << 24;
            for (var bit = 0; bit < 8; bit++) crc = crc << 1 ^ ((crc & 0x8000_0000) != 0 ? 0x04C1_1DB7u : 0);
        }

        return crc;
    }
}
