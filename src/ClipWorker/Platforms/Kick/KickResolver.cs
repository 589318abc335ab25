using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.Kick;

/// <summary>A Kick channel: its livestream from the API, whose playback URL is a master playlist (IVS), and of that the wanted variant.</summary>
internal sealed class KickResolver(string slug, KickApi api, PlatformTools tools) : IResolver
{
    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(CancellationToken ct)
    {
        var (livestream, failure) = await api.LivestreamAsync(ct);
        if (failure is not null) return failure;
        if (livestream is not { } live) return Offline();
        return Uri.TryCreate(live.Text("playback_url"), UriKind.Absolute, out var master) && master.Scheme is "http" or "https"
            ? await MasterAsync(master, ct)
            : new Resolution.Unreachable($"Kick tells no playback_url for '{slug}' that can be used");
    }

    private async Task<Resolution> MasterAsync(Uri address, CancellationToken ct)
    {
        var answer = await StreamHttp.GetAsync(tools.Http, address, PlaylistText.MaxBytes, tools.Clock, ct);
        if (answer.Status == 404) return Offline(); // The livestream can be told for a while after its end.
        var name = PlaylistText.ForLogs(address);
        if (!answer.Ok) return new Resolution.Unreachable($"{name} {answer.Describe()}");
        return WantedQuality.Of(answer, name, tools.Quality);
    }

    private Resolution.Offline Offline() => new($"the channel '{slug}' is offline");
}
