using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.Tests.Clips;

/// <summary>Clips with files in the control plane's storage, reported as an agent does.</summary>
internal static class SavedClips
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Nodes that clips are of.</summary>
    public static async Task AddNodesAsync(this TestControlPlane control, params string[] nodes)
    {
        foreach (var node in nodes)
        {
            await control.ExecuteAsync(
                "insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values (@node, 'h', '1', 'b', 9, 'lost', now(), now(), now())", new { node });
        }
    }

    /// <summary>Stores a clip's files and reports it.</summary>
    public static async Task<ClipReport> SaveClipAsync(
        this TestControlPlane control, Guid streamer, DateTimeOffset? start = null, long epoch = 1, string node = "node-1", byte[]? video = null, Func<ClipSidecar, ClipSidecar>? change = null)
    {
        video ??= Guid.NewGuid().ToByteArray();
        var report = TestClip.Report(Guid.NewGuid(), streamer, $"alpha/{Guid.NewGuid():n}.mp4", video: video, start: start, epoch: epoch, change: change);
        await control.StoreAsync(report, video);
        Assert.That(await control.Get<ClipReportStore>().TakeAsync(node, report, CancellationToken.None), Is.Null);
        return report;
    }

    /// <summary>Puts a clip's files where its agent would.</summary>
    public static async Task StoreAsync(this TestControlPlane control, ClipReport report, byte[] video)
    {
        Directory.CreateDirectory(Path.Combine(control.StoragePath, "alpha"));
        foreach (var file in report.Files) await File.WriteAllBytesAsync(control.PathOf(file), file.Kind == "video" ? video : [1, 2, 3]);
    }

    public static string PathOf(this TestControlPlane control, StoredFile file) => Path.Combine(control.StoragePath, file.Key);

    /// <summary>How many of a clip's files are in the storage.</summary>
    public static int FilesLeft(this TestControlPlane control, ClipReport report) => report.Files.Count(f => File.Exists(control.PathOf(f)));

    public static Guid Id(this ClipReport report) => Guid.Parse(report.ClipId);

    /// <summary>The clips of a list, by id.</summary>
    public static async Task<IReadOnlyList<Guid>> ListedAsync(this TestControlPlane control, string query = "") =>
        [.. (await control.GetAsync($"/clips{query}"))["items"]!.AsArray().Select(c => c!["id"]!.GetValue<Guid>())];

    /// <summary>Changes a clip as a person does.</summary>
    public static async Task<JsonNode> PatchAsync(this TestControlPlane control, Guid clip, object change, int status = 200)
    {
        using var response = await control.Http.PatchAsJsonAsync($"/clips/{clip}", change);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That((int)response.StatusCode, Is.EqualTo(status), text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>What removes clips, at another storage in the place of the real one.</summary>
    public static ClipRemover Remover(this TestControlPlane control, IClipReader storage, TimeProvider? clock = null) => new(
        clock is null ? control.Get<ClipRemovalStore>() : new(control.Get<Postgres>(), clock), clock is null ? control.Get<ClipLeftoverStore>() : new(control.Get<Postgres>(), clock),
        new(new Dictionary<string, IClipReader> { ["local"] = storage }), control.Get<ChangeSignal>(), clock ?? TimeProvider.System, NullLogger<ClipRemover>.Instance);
}
