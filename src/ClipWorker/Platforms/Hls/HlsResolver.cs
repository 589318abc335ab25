using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.Hls;

/// <summary>A playlist given by its address: a master, of which the wanted variant is taken, or a media playlist.</summary>
internal sealed class HlsResolver(Uri address, PlatformTools tools) : IResolver
{
    private static readonly string Remedy = $"give one of {PlatformChoice.Examples}";
    private bool _wasOnline;

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(CancellationToken ct)
    {
        var resolution = await FindAsync(ct);
        _wasOnline |= resolution is Resolution.Online;
        return resolution;
    }

    private async Task<Resolution> FindAsync(CancellationToken ct)
    {
        var first = await LoadAsync(address, ct);
        if (first.Failure is not null) return first.Failure;
        if (!MasterPlaylist.IsMaster(first.Answer!.Body)) return Check(first.Answer, new(address, "as it is"));

        var variants = MasterPlaylist.Parse(first.Answer.Body, first.Answer.Address);
        if (variants.Value is null) return Wrong(variants.Fault!);
        var best = WantedQuality.Choose(variants.Value, tools.Quality);
        if (best.Value is not { } variant) return Wrong(best.Fault!);
        var media = await LoadAsync(variant.Uri, ct);
        var found = media.Failure ?? Check(media.Answer!, variant.Online());
        if (variant.Sound is null || found is not Resolution.Online) return found;
        var sound = await LoadAsync(variant.Sound, ct);
        return sound.Failure ?? Check(sound.Answer!, variant.Online());
    }

    private Resolution Check(HttpAnswer answer, Resolution.Online online)
    {
        var parsed = MediaPlaylistParser.Parse(answer.Body, answer.Address);
        if (parsed.Value is not { } media) return Wrong(parsed.Fault!);
        if (PlaylistSupport.Refusal(media) is { } refusal) return Wrong(refusal);
        return online;
    }

    private async Task<(HttpAnswer? Answer, Resolution? Failure)> LoadAsync(Uri playlist, CancellationToken ct)
    {
        var answer = await StreamHttp.GetAsync(tools.Http, playlist, PlaylistText.MaxBytes, tools.Clock, ct);
        if (answer.Ok) return (answer, null);
        var what = $"{PlaylistText.ForLogs(playlist)} {answer.Describe()}";
        if (answer.MayPass) return (null, new Resolution.Unreachable($"{what}; check the address if it stays so"));
        return (null, _wasOnline ? new Resolution.Offline(what) : new Resolution.Wrong($"{what}: {Remedy}"));
    }

    // A stream that was there before is between two broadcasts, or behind a broken server: no reason to give it up.
    private Resolution Wrong(string fault)
    {
        var what = $"there is no stream at {PlaylistText.ForLogs(address)}: {fault}";
        return _wasOnline ? new Resolution.Unreachable(what) : new Resolution.Wrong($"{what}; {Remedy}");
    }
}
