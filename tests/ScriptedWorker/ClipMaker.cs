using System.Security.Cryptography;
using System.Text;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Workers;

namespace StreamClips.ScriptedWorker;

/// <summary>
/// Makes clips that are numbered over all runs of a worker, with bytes that follow from the process and the number: whoever
/// finds one in a storage knows what it must hold. A number is written into <see cref="Begun"/> before its clip is made, so it is
/// never given twice, and into <see cref="Made"/> when the clip is there.
/// </summary>
/// <param name="directory">The worker's directory.</param>
/// <param name="spec">What the worker was told.</param>
/// <param name="books">Where the numbers are written.</param>
/// <param name="bytes">Length of each file.</param>
/// <param name="clock">The clock.</param>
public sealed class ClipMaker(WorkerDirectory directory, WorkerSpec spec, string books, int bytes, TimeProvider clock)
{
    /// <summary>The file with the number of every clip that was begun, a line each.</summary>
    public const string Begun = "clips-begun.log";

    /// <summary>The file with the number of every clip that was made, a line each.</summary>
    public const string Made = "clips-made.log";

    private int _number = LastOf(Path.Combine(books, Begun));

    /// <summary>What a clip's file holds.</summary>
    /// <param name="process">The worker's process.</param>
    /// <param name="number">The clip's number, from 1.</param>
    /// <param name="kind">video or poster.</param>
    /// <param name="length">How many bytes.</param>
    public static byte[] Content(Guid process, int number, string kind, int length)
    {
        var head = Encoding.UTF8.GetBytes($"{process} {number} {kind}\n");
        var content = new byte[Math.Max(length, head.Length)];
        for (var i = 0; i < content.Length; i++) content[i] = head[i % head.Length];
        return content;
    }

    /// <summary>Makes the next one: video, poster, and last its sidecar.</summary>
    /// <param name="moment">What it shows; null: a second that begins now, and nothing that another clip could show too.</param>
    public async Task<ClipSidecar> MakeAsync((DateTimeOffset Start, DateTimeOffset End)? moment = null)
    {
        var (number, now) = (++_number, clock.GetUtcNow());
        await File.AppendAllTextAsync(Path.Combine(books, Begun), $"{number}\n");
        var id = Guid.NewGuid();
        var name = $"{now:yyyyMMdd'T'HHmmssfff}-{id.ToString("N")[..8]}";
        Directory.CreateDirectory(directory.Clips);
        var files = new List<ClipFile>();
        foreach (var (kind, extension) in ((string, string)[])[("video", "mp4"), ("poster", "jpg")])
        {
            var content = Content(spec.ProcessId, number, kind, bytes);
            await File.WriteAllBytesAsync(Path.Combine(directory.Clips, $"{name}.{extension}"), content);
            files.Add(new(kind, $"{name}.{extension}", content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
        }

        var sidecar = Sidecar(id, number, moment ?? (now, now), files) with { DurationS = moment is { } m ? (m.End - m.Start).TotalSeconds : 1 };
        var target = Path.Combine(directory.Clips, name + ".json");
        await File.WriteAllTextAsync(target + ".part", sidecar.ToJson());
        File.Move(target + ".part", target);
        await File.AppendAllTextAsync(Path.Combine(books, Made), $"{number}\n");
        return sidecar;
    }

    private ClipSidecar Sidecar(Guid id, int number, (DateTimeOffset Start, DateTimeOffset End) moment, IReadOnlyList<ClipFile> files) => new()
    {
        ClipId = id,
        ProcessId = spec.ProcessId,
        StreamerId = spec.StreamerId,
        Streamer = spec.Streamer,
        Url = spec.Url,
        Epoch = spec.Epoch,
        Start = moment.Start,
        End = moment.End,
        Moment = moment.Start,
        Peak = moment.Start,
        TriggeredAt = moment.End,
        WantedStart = moment.Start,
        WantedEnd = moment.End,
        DurationS = 1,
        TimeSource = "arrival",
        Score = 2,
        Reason = $"scripted, number {number}",
        Detector = "script",
        Settings = spec.Settings,
        Files = files,
    };

    private static int LastOf(string path) => File.Exists(path) && File.ReadAllLines(path) is [.., var last] ? int.Parse(last) : 0;
}
