using StreamClips.ClipWorker.Platforms.Hls;

namespace StreamClips.ClipWorker.Platforms.Sites;

/// <summary>
/// A page: the playlist that is there, else what another program finds; once it did, it is asked first. It is asked too where the
/// page does not answer us twice in a row (429, 503): sites turn away whom they do not know.
/// </summary>
/// <param name="page">The page.</param>
/// <param name="tools">What it works with.</param>
/// <param name="path">Where other programs are looked for; null: on this program's PATH.</param>
internal sealed class SiteResolver(Uri page, PlatformTools tools, string? path = null) : IResolver
{
    private const int Tries = 2;

    private readonly HlsResolver _playlist = new(page, tools);
    private readonly ToolResolver _tool = new(page, tools, path);
    private bool _needsTool;
    private int _unanswered;

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(CancellationToken ct)
    {
        if (_needsTool) return await _tool.ResolveAsync(ct);
        switch (await _playlist.ResolveAsync(ct))
        {
            case Resolution.Wrong none:
                var other = await _tool.ResolveAsync(ct);
                _needsTool = other is not Resolution.Wrong;
                return other is Resolution.Wrong wrong ? new Resolution.Wrong($"{none.Reason}; {wrong.Reason}") : other;
            case Resolution.NotOnline unanswered and (Resolution.Unreachable or Resolution.Refused):
                if (++_unanswered < Tries) return unanswered;
                var instead = await _tool.ResolveAsync(ct);
                _needsTool = instead is Resolution.Online;
                // A program that finds nothing says nothing of a page that may answer later.
                return _needsTool ? instead : unanswered;
            case var found:
                _unanswered = 0;
                return found;
        }
    }
}
