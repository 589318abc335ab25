namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>What of a segment goes into a clip. Times are those of <see cref="TransportSegment"/>.</summary>
/// <param name="First">The first picture, in the order of decoding.</param>
/// <param name="Count">How many pictures from there.</param>
/// <param name="From">Nothing that is shown or heard before this time: pictures that come after a keyframe and are shown before it cannot be decoded.</param>
/// <param name="Until">No sound that is heard at or after this time.</param>
internal readonly record struct CutRange(int First, int Count, long From, long Until)
{
    /// <summary>The sound alone from a time on.</summary>
    public static CutRange SoundFrom(long from) => new(0, 0, from, long.MaxValue);

    /// <summary>Pictures alone.</summary>
    public static CutRange PicturesFrom(int first, int count, long from) => new(first, count, from, long.MinValue);
}

/// <summary>
/// Makes one transport stream of ranges of segments: the wanted pictures and sound alone, all times moved by the same, packets
/// counted anew. What reads it sees a stream that begins with a keyframe, never wraps and never stops counting.
/// </summary>
internal sealed class TransportCut
{
    /// <summary>The time of the first picture in what is written: room for sound and decoding before it.</summary>
    public const long Begin = 100L * TransportPacket.ClockHz;

    private const int OwnTablePid = 0x1EE0;
    private const int OwnSoundPid = 0x1EE1;

    private readonly byte[] _counters = [.. Enumerable.Repeat((byte)0xF, 8192)];
    private readonly byte[] _packet = new byte[TransportPacket.Bytes];

    /// <summary>What is added to the times of the segments.</summary>
    public long Shift { get; set; }

    /// <summary>The sound where it comes from elsewhere: then that of the segments is passed over, and their tables give way to others. Null: it is in the segments.</summary>
    public SoundFeed? Sound { get; init; }

    /// <summary>Pictures that were written.</summary>
    public int Pictures { get; private set; }

    /// <summary>Writes what is wanted of a segment.</summary>
    public void Write(TransportSegment segment, CutRange range, Stream output)
    {
        var program = segment.Program;
        var (picture, piece) = (-1, -1);
        // What begins in an earlier segment ended with it: the beginning of a segment is the beginning of its pictures.
        var (keepPicture, keepSound) = (false, false);
        if (Sound is not null) PutTables(program, output);
        for (var at = 0; at < segment.Bytes.Length; at += TransportPacket.Bytes)
        {
            segment.Bytes.Span.Slice(at, TransportPacket.Bytes).CopyTo(_packet);
            var packet = new TransportPacket(_packet);
            var pid = packet.Pid;
            if (pid == program.VideoPid)
            {
                if (packet.Begins)
                {
                    if (picture + 1 < segment.Pictures.Count && segment.Pictures[picture + 1].Offset == at) picture++;
                    var wanted = picture >= range.First && picture - range.First < range.Count && segment.Pictures[picture].Pts >= range.From;
                    keepPicture = wanted && segment.Pictures[picture].Offset == at;
                    if (keepPicture) Pictures++;
                }

                if (keepPicture) Put(packet, output, isTimed: true);
            }
            else if (Sound is not null)
            {
                // Its tables and its sound are not the clip's.
            }
            else if (pid == program.AudioPid)
            {
                if (packet.Begins)
                {
                    if (piece + 1 < segment.Sound.Count && segment.Sound[piece + 1].Offset == at) piece++;
                    keepSound = piece >= 0 && segment.Sound[piece].Offset == at && TakeSound(segment, piece, range, output);
                }

                if (keepSound) Put(packet, output, isTimed: true);
            }
            else if (pid == 0 || pid == segment.TablePid)
            {
                Put(packet, output, isTimed: false);
            }
        }
    }

    /// <summary>Writes the sound that comes from elsewhere.</summary>
    /// <param name="segment">The segment with whose pictures it goes.</param>
    /// <param name="from">From this time on.</param>
    /// <param name="until">Up to this one.</param>
    /// <param name="output">Where to.</param>
    /// <returns>How much there was, in 90 kHz.</returns>
    public double WriteSound(TransportSegment segment, long from, long until, Stream output)
    {
        var ticks = 0.0;
        foreach (var frames in Sound?.Within(from, until).SelectMany(f => f.Pieces()) ?? [])
        {
            Put(frames, SoundPid(segment.Program), output);
            ticks += frames.Ticks;
        }

        return ticks;
    }

    /// <summary>Writes pictures that were encoded anew, whose times are right, as pictures of this segment's program; its tables first.</summary>
    public void Begins(TransportSegment segment, TransportSegment encoded, Stream output)
    {
        if (Sound is not null) PutTables(segment.Program, output);
        foreach (var pid in Sound is null ? (int[])[0, segment.TablePid] : [])
            for (var at = 0; at < segment.Bytes.Length; at += TransportPacket.Bytes)
            {
                segment.Bytes.Span.Slice(at, TransportPacket.Bytes).CopyTo(_packet);
                if (new TransportPacket(_packet).Pid != pid) continue;
                Put(new TransportPacket(_packet), output, isTimed: false);
                break;
            }

        for (var at = 0; at < encoded.Bytes.Length; at += TransportPacket.Bytes)
        {
            encoded.Bytes.Span.Slice(at, TransportPacket.Bytes).CopyTo(_packet);
            if (new TransportPacket(_packet).Pid != encoded.Program.VideoPid) continue;
            (_packet[1], _packet[2]) = ((byte)(_packet[1] & 0xE0 | segment.Program.VideoPid >> 8), (byte)segment.Program.VideoPid);
            Put(new TransportPacket(_packet), output, isTimed: false);
        }

        Pictures += encoded.Pictures.Count;
    }

    /// <summary>Whether a piece is wanted as a whole. One that begins too early or ends too late is written in part, here.</summary>
    private bool TakeSound(TransportSegment segment, int piece, CutRange range, Stream output)
    {
        var pts = segment.Sound[piece].Pts;
        var next = piece + 1 < segment.Sound.Count ? segment.Sound[piece + 1].Pts : pts + TransportPacket.ClockHz;
        if (pts >= range.Until || next <= range.From) return false;
        // The last one may be cut off, as its segment was on its way: it is taken frame by frame.
        if (pts >= range.From && next <= range.Until && piece + 1 < segment.Sound.Count) return true;
        if (segment.Program.AudioType != MediaProgram.Adts || SoundFrames.Read(segment, piece) is not { } frames) return pts >= range.From;
        if (frames.Within(range.From, range.Until) is not { } kept) return false;
        Put(kept, segment.Program.AudioPid, output);
        return false;
    }

    // No packet identifier of the pictures: those are kept.
    private static int SoundPid(MediaProgram program) => program.VideoPid == OwnSoundPid ? OwnSoundPid + 2 : OwnSoundPid;

    private void PutTables(MediaProgram program, Stream output)
    {
        var table = program.VideoPid == OwnTablePid ? OwnTablePid + 2 : OwnTablePid;
        using var tables = new MemoryStream(2 * TransportPacket.Bytes);
        TransportWriter.WriteTables(tables, table, program with { AudioPid = SoundPid(program), AudioType = MediaProgram.Adts });
        for (var at = 0; at < tables.Length; at += TransportPacket.Bytes)
        {
            tables.GetBuffer().AsSpan(at, TransportPacket.Bytes).CopyTo(_packet);
            Put(new TransportPacket(_packet), output, isTimed: false);
        }
    }

    private void Put(SoundFrames frames, int pid, Stream output)
    {
        foreach (var packet in frames.ToPackets(pid, Shift))
        {
            packet.CopyTo(_packet, 0);
            Put(new TransportPacket(_packet), output, isTimed: false);
        }
    }

    private void Put(TransportPacket packet, Stream output, bool isTimed)
    {
        if (isTimed && Shift != 0)
        {
            packet.ShiftClock(Shift);
            var payload = packet.Payload;
            if (packet.Begins && PesHeader.TryRead(payload, out _, out _, out _)) PesHeader.Shift(payload, Shift);
        }

        packet.Count(ref _counters[packet.Pid]);
        output.Write(_packet);
    }
}
