using System.Security.Cryptography;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Clips.Media;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Tests.Clips;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>
/// What a worker leaves that was killed after a decision: its ring with the segments of the last seconds, and the clip that is
/// still to be made of them. One that is started there makes it at once.
/// </summary>
internal sealed class LeftBehind(NumberedStream stream, WorkerDirectory directory)
{
    private readonly DateTimeOffset _begin = TimeProvider.System.GetUtcNow().AddSeconds(-2 * stream.Segments.Count - 10);

    private string Pending => Path.Combine(directory.Path, "pending.ndjson");

    /// <summary>Puts the segments into the ring, in place of what is there; those that are named are known and not held.</summary>
    /// <param name="missing">Where those may be fetched that are not held; null: all are.</param>
    /// <param name="from">The first one that is not held.</param>
    public void PutRing(string? missing = null, int from = int.MaxValue)
    {
        if (Directory.Exists(directory.Ring)) Directory.Delete(directory.Ring, recursive: true);
        var ring = new SegmentRing(directory.Ring, 1 << 30);
        ring.Open();
        List<IndexedSegment> segments = [];
        foreach (var (segment, start) in stream.Segments)
        {
            var arrived = _begin + (start - NumberedStream.Epoch);
            segments.Add(segment with { Arrived = arrived, Uri = new($"{missing ?? "http://127.0.0.1/"}{segment.Number}.ts"), Sequence = segment.Number });
            if (segment.Number >= from) continue;
            var bytes = File.ReadAllBytes(stream[$"{segment.Number - 1}.ts"]);
            File.WriteAllBytes(ring.PartOf(segment.Number), bytes);
            ring.Put(segment.Number, bytes.Length, headBytes: 0);
        }

        new RingLog(directory.Ring).Append(segments, "", TimeSpan.FromSeconds(2 * segments.Count), () => segments);
    }

    /// <summary>Decides a clip of these seconds of the stream.</summary>
    public SurgeEntry Decide(double start, double end, Guid? clip = null)
    {
        var surge = new SurgeEntry
        {
            At = TimeProvider.System.GetUtcNow(), ClipId = clip ?? Guid.NewGuid(), Score = 2, Reason = "a test", Start = _begin.AddSeconds(start), End = _begin.AddSeconds(end),
            Moment = _begin.AddSeconds(start), Peak = _begin.AddSeconds(start + 1), TriggeredAt = _begin.AddSeconds(end), ClockAheadS = 0,
        };
        File.AppendAllLines(Pending, [System.Text.Encoding.UTF8.GetString(surge.ToUtf8())]);
        return surge;
    }

    /// <summary>Nothing is pending any more.</summary>
    public void Forget() => File.Delete(Pending);

    /// <summary>Asserts that what looks like a clip is one, and takes it away as the agent does.</summary>
    /// <returns>How many clips there were.</returns>
    public int TakeClips()
    {
        var clips = 0;
        if (!Directory.Exists(directory.Clips)) return 0;
        foreach (var path in Directory.GetFiles(directory.Clips, "*.mp4")) Assert.That(Mp4File.Read(path).Fault, Is.Null, path);
        foreach (var path in Directory.GetFiles(directory.Clips, "*.json"))
        {
            var clip = ClipSidecar.FromJson(File.ReadAllText(path));
            foreach (var file in clip.Files)
            {
                var bytes = File.ReadAllBytes(Path.Combine(directory.Clips, file.Name));
                Assert.That((file.SizeBytes, file.Sha256), Is.EqualTo(((long)bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)))), file.Name);
            }

            File.Delete(path);
            foreach (var file in clip.Files) File.Delete(Path.Combine(directory.Clips, file.Name));
            clips++;
        }

        return clips;
    }
}
