using System.Globalization;
using StreamClips.ClipWorker.Clips.Media;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// Makes the video of a clip from the ring: pictures and sound from a keyframe on, as one transport stream without wraps or
/// gaps in its counting, into ffmpeg, which copies them into an MP4. (The concat demuxer instead would stretch the timeline
/// at every joint.) A file that is not what was expected is a fault, never a clip.
/// </summary>
internal sealed class ClipCutter(SegmentRing ring, MediaTools tools, CutLimits limits)
{
    /// <summary>Where the sound lies that is in a playlist of its own.</summary>
    public SegmentRing? SoundRing { get; init; }

    private const int PosterWidth = 480;

    // A keyframe so shortly before the peak shows the same scene.
    private static readonly TimeSpan PosterNear = TimeSpan.FromSeconds(2.5);

    // Encoders round EXTINF, and the sound ends a little after the picture.
    private const double Slack = 0.25;

    // Sound begins and ends with a frame, and loses some where its encoder is overloaded.
    private const double MuteSlackS = 0.5;
    private const double MuteShare = 0.1;

    /// <summary>How long the tools may take.</summary>
    public CutLimits Limits => limits;

    /// <summary>Cuts and checks what comes by and by, where it begins with the keyframe at or before the wanted start of its first segment.</summary>
    /// <param name="first">The first segment, and what is wanted.</param>
    /// <param name="feed">All segments; it may take its time.</param>
    /// <param name="plan">The plan that they turned out to be; there once all of them came.</param>
    /// <param name="file">The file to write; replaced if it is there.</param>
    /// <param name="ct">Ends it, and ffmpeg; nothing else does.</param>
    /// <returns>What the file holds, or why it is no clip; null where it does not begin like that.</returns>
    /// <exception cref="IOException">The first segment cannot be read.</exception>
    public async Task<Parsed<CutVideo>?> CutAheadAsync(ClipPlan first, SegmentFeed feed, Task<ClipPlan> plan, string file, CancellationToken ct)
    {
        // Sound of another playlist comes at other times.
        if (first.SoundApart) return null;
        using var pour = await TransportPour.OpenAsync(ring, first, ct);
        if (pour is not { BeginsInTime: true }) return null;
        var made = await CopyAsync(pour, (input, stop) => pour.PourAsync(null, input, stop, feed.ReadAsync(first, stop)), Timeout.InfiniteTimeSpan, file, ct);
        // ffmpeg may have given up long before the last segment.
        return made.Value is { } mp4 && plan.IsCompleted ? Check(pour, mp4, await plan, CutMethod.Copy) : Parsed<CutVideo>.Failed(made.Fault ?? "ffmpeg ended too early");
    }

    /// <summary>Cuts and checks.</summary>
    /// <param name="plan">Which segments.</param>
    /// <param name="file">The file to write; replaced if it is there.</param>
    /// <param name="exact">Whether it begins with the wanted picture instead of the keyframe before it; where neither joining nor encoding works it does not.</param>
    /// <param name="ct">Ends it, and ffmpeg.</param>
    /// <returns>What the file holds, or why it is no clip.</returns>
    public async Task<Parsed<CutVideo>> CutAsync(ClipPlan plan, string file, bool exact, CancellationToken ct)
    {
        using var pour = await OpenAsync(plan, ct);
        if (pour is null && plan.SoundApart) return Parsed<CutVideo>.Failed("its sound is in a playlist of its own, and its pictures cannot be read as H.264 or H.265");
        if (pour is null) return await CutWholeAsync(plan, file, exact, ct);
        if (pour.SoundFault is { } mute) return Parsed<CutVideo>.Failed(mute);
        if (!exact || pour.Start >= plan.WantedStart) return await CutAsync(pour, null, plan, file, ct);
        var joined = await CutExactAsync(pour, plan, file, ct);
        if (joined is { Fault: null } whole) return whole;
        // An encoder would fill a leap of hours with pictures.
        if (await LeapsAsync(plan, ct) is { Count: > 0 }) return Parsed<CutVideo>.Failed("its time stamps leap");
        // A join that failed moved the first one's beginning.
        using var again = await OpenAsync(plan, ct);
        if (again is null) return Parsed<CutVideo>.Failed("its segments are gone");
        if (await EncodeAsync(again, plan, file, ct) is { Fault: null } encoded) return encoded;
        // Seconds too early is better than no clip.
        using var copied = await OpenAsync(plan, ct);
        return copied is null ? Parsed<CutVideo>.Failed("its segments are gone") : await CutAsync(copied, null, plan, file, ct);
    }

    private async Task<TransportPour?> OpenAsync(ClipPlan plan, CancellationToken ct) =>
        await TransportPour.OpenAsync(ring, plan, ct) is { } pour ? await WithSoundAsync(pour, ct) : null;

    private async Task<TransportPour> WithSoundAsync(TransportPour pour, CancellationToken ct)
    {
        try
        {
            return await pour.WithSoundAsync(SoundRing ?? ring, ct);
        }
        catch
        {
            pour.Dispose();
            throw;
        }
    }

    /// <summary>The segments of a plan that cannot be cut together with those before: their time stamps leap.</summary>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    public Task<IReadOnlySet<long>> LeapsAsync(ClipPlan plan, CancellationToken ct) => TransportLeaps.FindAsync(ring, plan, ct);

    /// <summary>Makes a picture of the peak, or of a keyframe shortly before it, from the segment that holds it, which the clip's video is not needed for.</summary>
    /// <returns>Why there is none, or null.</returns>
    public async Task<string?> PosterAsync(ClipPlan plan, DateTimeOffset peak, string file, CancellationToken ct)
    {
        var at = plan.Segments.LastOrDefault(s => s.Start <= peak, plan.Segments[0]);
        // Up to the peak's own picture: what comes after it need not be decoded.
        var until = peak < at.Start ? at.Start : peak > plan.End ? plan.End : peak;
        var before = plan.Segments.Concat(plan.Lead).Where(s => s.Segment.Number < at.Segment.Number).OrderByDescending(s => s.Segment.Number);
        var part = new ClipPlan
        {
            Segments = [at], Lead = [.. before.TakeWhile((s, i) => s.Segment.Number == at.Segment.Number - 1 - i).Take(ClipWindow.MaxLead)],
            WantedStart = until, End = until + TimeSpan.FromMilliseconds(100), LostS = 0,
        };
        using var pour = await TransportPour.OpenAsync(ring, part, ct);
        if (pour is null) return await PosterOfWholeAsync(at, until, file, ct);
        // Decoding up to the peak's own picture takes longer than cutting the clip.
        if (pour.WantedAfter <= PosterNear) return await PictureAsync(["-f", "mpegts", "-i", "pipe:0"], pour.PourKeyAsync, file, ct);
        var skip = Math.Max(0, pour.WantedAfter.TotalSeconds - 0.005);
        return await PictureAsync(["-f", "mpegts", "-i", "pipe:0", "-ss", Seconds(skip)], (input, stop) => pour.PourAsync(null, input, stop), file, ct);
    }

    /// <summary>Makes a picture from a segment whose pictures cannot be taken out one by one.</summary>
    private Task<string?> PosterOfWholeAsync(TimedSegment segment, DateTimeOffset at, string file, CancellationToken ct)
    {
        var plan = new ClipPlan { Segments = [segment], WantedStart = segment.Start, End = segment.End, LostS = 0 };
        // The last picture of a segment begins before its end.
        var skip = Math.Clamp((at - segment.Start).TotalSeconds, 0, Math.Max(0, segment.Segment.Duration.TotalSeconds - 0.1));
        return PictureAsync(["-f", FormatOf(plan), "-i", "pipe:0", "-ss", Seconds(skip)], (input, stop) => PourAsync(plan, input, stop), file, ct);
    }

    private static string FormatOf(ClipPlan plan) => plan.Segments[0].Segment.Map is null ? "mpegts" : "mov";

    /// <summary>Makes a picture of one moment of a video.</summary>
    /// <returns>Why there is none, or null.</returns>
    public Task<string?> PosterAsync(string video, TimeSpan at, string file, CancellationToken ct) =>
        PictureAsync(["-ss", Seconds(at.TotalSeconds), "-i", video], null, file, ct);

    /// <summary>What is wrong with a file that was cut by this plan; null where it is right.</summary>
    public static string? Fault(ClipPlan plan, MediaProbe probe)
    {
        if (probe.Video is null || probe.Width == 0) return "there is no picture in the clip";
        var longest = plan.Segments.Max(s => s.Segment.Duration.TotalSeconds);
        // Segments that are missing in the middle leave a still picture, or nothing where the tool closes the hole.
        var whole = (plan.End - plan.Start).TotalSeconds;
        var held = plan.Segments.Sum(s => s.Segment.Duration.TotalSeconds);
        return probe.DurationS > Math.Min(whole, held) - longest - Slack && probe.DurationS < whole + longest + Slack
            ? null
            : $"the clip is {probe.DurationS:0.0} s long and should be {whole:0.0} s";
    }

    private async Task<Parsed<CutVideo>> CutAsync(TransportPour pour, TransportSegment? head, ClipPlan plan, string file, CancellationToken ct)
    {
        var made = await CopyAsync(pour, (input, stop) => pour.PourAsync(head, input, stop), limits.Cut, file, ct);
        return made.Value is { } mp4 ? Check(pour, mp4, plan, head is null ? CutMethod.Copy : CutMethod.Exact) : Parsed<CutVideo>.Failed(made.Fault!);
    }

    private Task<Parsed<Mp4File>> CopyAsync(TransportPour pour, Func<Stream, CancellationToken, Task> from, TimeSpan limit, string file, CancellationToken ct)
    {
        string[] tag = pour.Program.VideoType == MediaProgram.H265 ? ["-tag:v", "hvc1"] : [];
        return MuxAsync("mpegts", ["-c", "copy", .. tag], from, limit, file, ct);
    }

    /// <summary>Compares what came out with what went in.</summary>
    private static Parsed<CutVideo> Check(TransportPour pour, Mp4File mp4, ClipPlan plan, string method)
    {
        if (mp4.Video is not { Samples: > 0 } video) return Parsed<CutVideo>.Failed("there is no picture in the clip");
        if (Math.Abs(video.DurationS - pour.LengthS) > Slack)
            return Parsed<CutVideo>.Failed($"the clip's picture is {video.DurationS:0.0} s long and should be {pour.LengthS:0.0} s");
        if (pour.HasSound && mp4.Audio is not { Samples: > 0 }) return Parsed<CutVideo>.Failed("the sound is missing in the clip");
        if (MuteFault(pour) is { } mute) return Parsed<CutVideo>.Failed(mute);
        return Fault(plan, mp4.ToProbe()) is { } fault ? Parsed<CutVideo>.Failed(fault) : new CutVideo(mp4.ToProbe(), pour.Start, method, pour.SkippedS);
    }

    /// <summary>A clip that is silent for a part is none: where its sound comes from elsewhere it may be that of another time.</summary>
    private static string? MuteFault(TransportPour pour) => pour.MuteS > Math.Max(MuteSlackS, MuteShare * pour.LengthS)
        ? $"its sound is in a playlist of its own, and {pour.MuteS:0.0} of {pour.LengthS:0.0} s have none: their time stamps do not go together"
        : null;

    /// <summary>Encodes the pictures from the wanted start to the next keyframe that refers to nothing before it, and copies the rest.</summary>
    /// <returns>Null where that cannot work.</returns>
    private async Task<Parsed<CutVideo>?> CutExactAsync(TransportPour pour, ClipPlan plan, string file, CancellationToken ct)
    {
        if (pour.Program.VideoType != MediaProgram.H264 || await pour.FindExactAsync(ct) is not { } start) return null;
        var part = $"{file}.head.part";
        try
        {
            // Parameter sets of another number: those of the stream stay valid beside them. Decoded as early before they are shown
            // as what follows, or times would go backwards at the joint.
            string[] arguments =
            [
                "-hide_banner", "-v", "error", "-y", "-copyts", "-f", "mpegts", "-i", "pipe:0", "-an",
                "-vf", $"select=gte(pts\\,{TransportCut.Begin - 900})", "-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-bf", "0",
                "-x264-params", "sps-id=1", "-bsf:v", $"setts=dts=PTS-{start.DelayTicks}", "-muxdelay", "0", "-muxpreload", "0", "-f", "mpegts", part,
            ];
            var encoded = await tools.RunAsync("ffmpeg", arguments, limits.Cut, ct, (input, stop) => pour.PourHeadAsync(start, input, stop));
            if (encoded.Fault is not null) return null;
            if (TransportSegment.Parse(await File.ReadAllBytesAsync(part, ct), TransportCut.Begin) is not { } head || head.Pictures.Count != start.Encoded) return null;
            pour.BeginAt(start);
            return await CutAsync(pour, head, plan, file, ct);
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Encodes all pictures.</summary>
    private async Task<Parsed<CutVideo>> EncodeAsync(TransportPour pour, ClipPlan plan, string file, CancellationToken ct)
    {
        var made = await MuxAsync("mpegts", Encoding(pour.WantedAfter.TotalSeconds), (input, stop) => pour.PourAsync(null, input, stop), Limit(plan), file, ct);
        if (made.Value is not { } mp4) return Parsed<CutVideo>.Failed(made.Fault!);
        if (MuteFault(pour) is { } mute) return Parsed<CutVideo>.Failed(mute);
        return Fault(plan, mp4.ToProbe()) is { } fault ? Parsed<CutVideo>.Failed(fault) : new CutVideo(mp4.ToProbe(), plan.WantedStart, CutMethod.Encoded, pour.SkippedS);
    }

    private static string[] Encoding(double skip) =>
        ["-ss", Seconds(Math.Max(0, skip - 0.005)), "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "copy"];

    // Encoding takes as long as the clip on two cores that do nothing else.
    private TimeSpan Limit(ClipPlan plan) => limits.Cut + 10 * (plan.End - plan.Start);

    /// <summary>Cuts fragmented MP4 whose pictures are neither H.264 nor H.265, or whose sound is no AAC: from the beginning of the first segment, or encoded where that is not exact enough.</summary>
    private async Task<Parsed<CutVideo>> CutWholeAsync(ClipPlan plan, string file, bool exact, CancellationToken ct)
    {
        var encode = exact && plan.Start < plan.WantedStart;
        var start = encode ? plan.WantedStart : plan.Start;
        string[] how = [.. encode ? Encoding((start - plan.Start).TotalSeconds) : ["-c", "copy"], "-t", Seconds((plan.End - start).TotalSeconds)];
        var skipped = 0.0;
        var made = await MuxAsync(FormatOf(plan), how, async (input, stop) => skipped = await PourAsync(plan, input, stop), encode ? Limit(plan) : limits.Cut, file, ct);
        if (made.Value is not { } mp4) return Parsed<CutVideo>.Failed(made.Fault!);
        return Fault(plan, mp4.ToProbe()) is { } fault ? Parsed<CutVideo>.Failed(fault) : new CutVideo(mp4.ToProbe(), start, encode ? CutMethod.Encoded : CutMethod.Copy, skipped);
    }

    private async Task<Parsed<Mp4File>> MuxAsync(
        string format, string[] how, Func<Stream, CancellationToken, Task> pour, TimeSpan limit, string file, CancellationToken ct)
    {
        string[] arguments =
        [
            "-hide_banner", "-v", "error", "-y", "-f", format, "-i", "pipe:0", "-map", "0:v:0", "-map", "0:a:0?", .. how,
            "-movflags", "+faststart", "-f", "mp4", file,
        ];
        var cut = await tools.RunAsync("ffmpeg", arguments, limit, ct, pour);
        if (cut.Fault is not null) return Parsed<Mp4File>.Failed(cut.Fault);
        var made = Mp4File.Read(file);
        // Where it cannot write the end of a file it says so, and ends as if all were well.
        return made.Fault is null || cut.Said.Length == 0 ? made : Parsed<Mp4File>.Failed($"{made.Fault}: {cut.Said}");
    }

    private async Task<string?> PictureAsync(string[] source, Func<Stream, CancellationToken, Task>? pour, string file, CancellationToken ct)
    {
        string[] arguments =
        [
            "-hide_banner", "-v", "error", "-y", .. source, "-frames:v", "1", "-vf", $"scale={PosterWidth}:-2", "-q:v", "4", "-f", "mjpeg", file,
        ];
        var made = await tools.RunAsync("ffmpeg", arguments, limits.Look, ct, pour);
        if (made.Fault is not null) return made.Fault;
        return new FileInfo(file) is { Exists: true, Length: > 0 } ? null : "there is no picture at that time";
    }

    /// <returns>Seconds of the plan that were gone.</returns>
    private async Task<double> PourAsync(ClipPlan plan, Stream input, CancellationToken ct)
    {
        var (first, skipped) = (true, 0.0);
        foreach (var segment in plan.Segments)
        {
            try
            {
                if (ring.Find(segment.Segment.Number) is not { } held) throw new FileNotFoundException();
                await using var file = new FileStream(held.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
                if (!first) file.Position = held.HeadBytes;
                await file.CopyToAsync(input, 128 << 10, ct);
                first = false;
            }
            catch (FileNotFoundException)
            {
                // The ring let go of it since the plan was made.
                skipped += segment.Segment.Duration.TotalSeconds;
            }
        }

        return skipped;
    }

    private static string Seconds(double seconds) => seconds.ToString("0.000", CultureInfo.InvariantCulture);
}
