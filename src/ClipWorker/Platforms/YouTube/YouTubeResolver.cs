using System.Text.Json;
using StreamClips.ClipWorker.Platforms.Hls;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.YouTube;

/// <summary>The stream of a YouTube channel or video: its page names the video, the player its master playlist.</summary>
internal sealed class YouTubeResolver(string channel, PlatformTools tools) : IResolver
{
    private const int MaxAnswerBytes = 4 << 20;

    // A client that is given a master playlist with sound and picture together, as streamlink asks too.
    private static readonly (string, string) Client = ("ANDROID", "19.45.36");

    private readonly YouTubeApi _api = new(channel, tools);
    private bool _wasOnline;

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(CancellationToken ct)
    {
        var (page, failure) = await _api.PageAsync(ct);
        if (failure is not null) return failure;
        if (page!.VideoId is not { } video)
            return _api.IsVideo ? new Resolution.Wrong($"there is no video '{channel}' on YouTube: check the address") : new Resolution.Offline($"the channel '{channel}' is offline");

        var answer = await _api.AskAsync(page, "player", Client, "videoId", video, MaxAnswerBytes, ct);
        if (answer.Status is 401 or 403 or 429) return new Resolution.Refused($"YouTube's player {answer.Describe()}{YouTubeApi.Complaint(answer.Body)}");
        if (!answer.Ok) return new Resolution.Unreachable($"YouTube's player {answer.Describe()}{YouTubeApi.Complaint(answer.Body)}");
        try
        {
            using var player = JsonDocument.Parse(answer.Body);
            return await DecideAsync(player.RootElement, ct);
        }
        catch (JsonException)
        {
            return new Resolution.Unreachable("YouTube's player gave no JSON");
        }
    }

    private async Task<Resolution> DecideAsync(JsonElement player, CancellationToken ct)
    {
        var status = player.Text("playabilityStatus", "status") ?? "";
        var reason = PlaylistText.Quote(player.Text("playabilityStatus", "reason") ?? "");
        var playlist = player.Text("streamingData", "hlsManifestUrl");
        if (status == "OK" && Uri.TryCreate(playlist, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            return await MasterAsync(address, ct);
        return status switch
        {
            "OK" => Nothing($"'{channel}' is a recording, not a live stream"),
            "LIVE_STREAM_OFFLINE" => new Resolution.Offline($"'{channel}' has not begun: YouTube says {reason}"),
            "LOGIN_REQUIRED" => new Resolution.Refused($"YouTube wants an account for '{channel}': it says {reason}"),
            "UNPLAYABLE" or "ERROR" => Nothing($"'{channel}' cannot be watched: YouTube says {reason}"),
            _ => new Resolution.Unreachable($"YouTube's player says {PlaylistText.Quote(status)} {reason}"),
        };
    }

    private async Task<Resolution> MasterAsync(Uri master, CancellationToken ct)
    {
        var found = await new HlsResolver(master, tools).ResolveAsync(ct);
        _wasOnline |= found is Resolution.Online;
        return found is Resolution.Wrong wrong ? new Resolution.Unreachable(wrong.Reason) : found;
    }

    /// <summary>There is nothing to be had: a channel may send another video, and a single video never does again.</summary>
    private Resolution Nothing(string reason) =>
        !_api.IsVideo ? new Resolution.Offline(reason) : _wasOnline ? new Resolution.Over(reason) : new Resolution.Wrong(reason);
}
