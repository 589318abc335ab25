using StreamClips.ClipWorker.Platforms.Hls;

namespace StreamClips.ClipWorker.Platforms.Sites;

/// <summary>A page: the playlist that is there, else what another program finds; once it did, it is asked first.</summary>
internal sealed class SiteResolver(Uri page, PlatformTools tools) : IResolver
{
    private readonly HlsResolver _playlist = new(page, tools);
    private readonly ToolResolver _tool = new(page, tools);
    private bool _needsTool;

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(CancellationToken ct)
    {
        if (!_needsTool)
        {
            var found = await _playlist.ResolveAsync(ct);
            if (found is not Resolution.Wrong none) return found;
            var other = await _tool.ResolveAsync(ct);
            _needsTool = other is not Resolution.Wrong;
            return other is Resolution.Wrong wrong ? new Resolution.Wrong($"{none.Reason}; {wrong.Reason}") : other;
        }

        return await _tool.ResolveAsync(ct);
    }
}
