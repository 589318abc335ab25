namespace StreamClips.ClipWorker.Platforms;

/// <summary>
/// Looks as the platform's own resolver does, and where the platform refuses that one several times in a row, by another
/// program. One refusal is no reason: a check for robots often lets the next try pass.
/// </summary>
/// <param name="first">The platform's own resolver.</param>
/// <param name="second">The other way; null where there is none.</param>
internal sealed class SecondWay(IResolver first, IResolver? second) : IResolver
{
    /// <summary>So many refusals in a row lead to the other way.</summary>
    public const int Tries = 3;

    private int _refusals;

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(CancellationToken ct)
    {
        var found = await first.ResolveAsync(ct);
        if (found is not Resolution.Refused refused)
        {
            _refusals = 0;
            return found;
        }

        if (++_refusals < Tries) return new Resolution.Unreachable(refused.Reason);
        if (second is null) return new Resolution.Unreachable($"{refused.Reason}; try later or from another address");
        return await second.ResolveAsync(ct) switch
        {
            Resolution.Online online => online,
            Resolution.Offline offline => offline,
            Resolution.NotOnline other and not Resolution.Over => new Resolution.Unreachable($"{refused.Reason}; {other.Reason}"),
            _ => new Resolution.Unreachable(refused.Reason),
        };
    }
}
