namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>The AAC frames of one PES packet (ADTS, ISO/IEC 14496-3 1.A.2.2), so that sound can begin and end with a frame.</summary>
/// <param name="Pts">When the first frame is heard, in 90 kHz.</param>
/// <param name="StreamId">The PES packet's stream_id.</param>
/// <param name="Content">The frames, one after the other.</param>
/// <param name="Starts">Where each begins in the content; the last entry is the content's end.</param>
/// <param name="FrameTicks">The time of a frame in 90 kHz.</param>
internal sealed record SoundFrames(long Pts, byte StreamId, ReadOnlyMemory<byte> Content, IReadOnlyList<int> Starts, double FrameTicks)
{
    private const int SamplesPerFrame = 1024;
    private const int HeaderBytes = 14;
    private const int MaxPieceBytes = 16 << 10;
    private static readonly int[] Rates = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

    /// <summary>How long all frames are heard, in 90 kHz.</summary>
    public double Ticks => (Starts.Count - 1) * FrameTicks;

    /// <summary>Reads the piece of sound of this number.</summary>
    /// <returns>Null where it is not whole frames.</returns>
    public static SoundFrames? Read(TransportSegment segment, int piece)
    {
        var content = new List<byte>();
        var pid = segment.Program.AudioPid;
        var bytes = segment.Bytes.Span;
        var streamId = TransportWriter.SoundId;
        for (var at = segment.Sound[piece].Offset; at < bytes.Length; at += TransportPacket.Bytes)
        {
            var packet = new TransportPacket(bytes.Slice(at, TransportPacket.Bytes));
            if (packet.Pid != pid) continue;
            var begins = at == segment.Sound[piece].Offset;
            if (packet.Begins && !begins) break;
            var payload = packet.Payload;
            var header = 0;
            if (begins)
            {
                if (!PesHeader.TryRead(payload, out _, out _, out header)) return null;
                streamId = payload[3];
            }

            content.AddRange(payload[header..]);
        }

        return Of(segment.Sound[piece].Pts, [.. content], streamId);
    }

    /// <summary>Frames that follow each other.</summary>
    /// <param name="pts">When the first one is heard, in 90 kHz.</param>
    /// <param name="content">Their bytes.</param>
    /// <param name="streamId">The PES packet's stream_id.</param>
    /// <returns>Null where these are not whole frames.</returns>
    public static SoundFrames? Of(long pts, byte[] content, byte streamId = TransportWriter.SoundId) =>
        Split(content) is { } split ? new(pts, streamId, split.Content, split.Starts, split.Ticks) : null;

    /// <summary>The frames that are heard within a time; null: none is.</summary>
    public SoundFrames? Within(long from, long until)
    {
        var (first, end) = (0, Starts.Count - 1);
        while (first < end && TimeOf(first) < from) first++;
        while (end > first && TimeOf(end - 1) >= until) end--;
        return first == end ? null : Slice(first, end);
    }

    /// <summary>These frames in pieces that a PES packet can carry (its length has 16 bits).</summary>
    public IEnumerable<SoundFrames> Pieces()
    {
        for (var first = 0; first < Starts.Count - 1;)
        {
            var end = first + 1;
            while (end < Starts.Count - 1 && Starts[end + 1] - Starts[first] <= MaxPieceBytes) end++;
            yield return Slice(first, end);
            first = end;
        }
    }

    /// <summary>A PES packet of these frames as transport packets; their counters are for the one who puts them.</summary>
    public IEnumerable<byte[]> ToPackets(int pid, long shift)
    {
        var pes = new byte[HeaderBytes + Content.Length];
        var length = pes.Length - 6;
        // stream_id, length, "original, with a presentation time", five bytes of header.
        new byte[] { 0, 0, 1, StreamId, (byte)(length >> 8), (byte)length, 0x80, 0x80, 5, 0x20, 0, 0, 0, 0 }.CopyTo(pes, 0);
        PesHeader.Write(pes.AsSpan(9), Pts + shift);
        Content.Span.CopyTo(pes.AsSpan(HeaderBytes));
        for (var at = 0; at < pes.Length;)
        {
            var packet = new byte[TransportPacket.Bytes];
            var room = TransportPacket.Bytes - 4;
            var taken = Math.Min(room, pes.Length - at);
            (packet[0], packet[1], packet[2], packet[3]) = (TransportPacket.Sync, (byte)((at == 0 ? 0x40 : 0) | pid >> 8), (byte)pid, 0x10);
            if (taken < room)
            {
                // The rest is stuffing: an adaptation field of that length, flags 0, and ones.
                packet[3] = 0x30;
                packet[4] = (byte)(room - taken - 1);
                if (packet[4] > 0) packet.AsSpan(6, packet[4] - 1).Fill(0xFF);
            }

            pes.AsSpan(at, taken).CopyTo(packet.AsSpan(TransportPacket.Bytes - taken));
            at += taken;
            yield return packet;
        }
    }

    private SoundFrames Slice(int first, int end) => this with
    {
        Pts = (long)Math.Round(TimeOf(first)),
        Content = Content[Starts[first]..Starts[end]],
        Starts = [.. Starts.Skip(first).Take(end - first + 1).Select(s => s - Starts[first])],
    };

    private double TimeOf(int frame) => Pts + frame * FrameTicks;

    private static (byte[] Content, IReadOnlyList<int> Starts, double Ticks)? Split(byte[] content)
    {
        var starts = new List<int>();
        var rate = 0;
        for (var at = 0; at < content.Length;)
        {
            if (content.Length - at < 7 && starts.Count > 0)
            {
                starts.Add(at);
                return (content, starts, TicksAt(rate));
            }

            if (content.Length - at < 7 || content[at] != 0xFF || (content[at + 1] & 0xF6) != 0xF0) return null;
            var index = content[at + 2] >> 2 & 0xF;
            var length = (content[at + 3] & 3) << 11 | content[at + 4] << 3 | content[at + 5] >> 5;
            if (index >= Rates.Length || length < 7 || (content[at + 6] & 3) != 0) return null;
            rate = Rates[index];
            starts.Add(at);
            // A segment that was cut off on its way ends in the middle of a frame: that one is left out.
            if (length > content.Length - at) return starts.Count == 1 ? null : (content, starts, TicksAt(rate));
            at += length;
        }

        starts.Add(content.Length);
        return rate == 0 ? null : (content, starts, TicksAt(rate));

        static double TicksAt(int rate) => (double)SamplesPerFrame * TransportPacket.ClockHz / rate;
    }
}
