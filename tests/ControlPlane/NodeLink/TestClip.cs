using StreamClips.Shared.Clips;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Tests.NodeLink;

/// <summary>A clip as an agent would report it.</summary>
internal static class TestClip
{
    public static ClipReport Report(Guid process, Guid streamer, string key = "alpha/clip.mp4", string topWord = "LUL", byte[]? video = null, DateTimeOffset? start = null, long epoch = 1,
        Func<ClipSidecar, ClipSidecar>? change = null)
    {
        var at = start ?? new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(video ?? Guid.NewGuid().ToByteArray()));
        var sidecar = new ClipSidecar
        {
            ClipId = Guid.NewGuid(),
            ProcessId = process,
            StreamerId = streamer,
            Streamer = "alpha",
            Url = "https://www.twitch.tv/alpha",
            Epoch = epoch,
            Start = at,
            End = at.AddSeconds(30),
            Moment = at.AddSeconds(10),
            Peak = at.AddSeconds(20),
            TriggeredAt = at.AddSeconds(31),
            WantedStart = at,
            WantedEnd = at.AddSeconds(30),
            DurationS = 30,
            TimeSource = "program-date-time",
            Score = 3.5,
            Reason = "3.5× the baseline",
            Detector = "surge",
            Settings = ClipSettings.Default,
            TopWords = [new WordCount(topWord, 4)],
            Files = [],
        };
        sidecar = change?.Invoke(sidecar) ?? sidecar;
        var report = new ClipReport { ClipId = sidecar.ClipId.ToString(), ProcessId = process.ToString(), SidecarJson = sidecar.ToJson() };
        report.Files.Add(new StoredFile { Kind = "video", Key = key, SizeBytes = video?.Length ?? 10, Sha256 = hash });
        report.Files.Add(new StoredFile { Kind = "poster", Key = Path.ChangeExtension(key, ".jpg"), SizeBytes = 3, Sha256 = hash });
        return report;
    }
}
