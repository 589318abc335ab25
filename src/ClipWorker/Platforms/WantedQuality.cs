using System.Text.RegularExpressions;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms;

/// <summary>
/// Chooses among the qualities of a stream what the setting <c>quality</c> asks for. Pure. Where it is not there, the best that
/// is not better is taken, and else the worst. Sound or subtitles alone are never taken; what browsers do not play, or has its
/// sound elsewhere, only where there is nothing else of that size.
/// </summary>
internal static partial class WantedQuality
{
    /// <summary>Chooses.</summary>
    /// <param name="variants">What there is.</param>
    /// <param name="quality"><c>best</c>, <c>worst</c>, or lines with or without frames a second: <c>720p</c>, <c>720p60</c>. Anything else is as <c>best</c>.</param>
    /// <returns>The variant, or why there is none.</returns>
    public static Parsed<Variant> Choose(IEnumerable<Variant> variants, string quality)
    {
        var pictures = variants.Where(v => v.HasPicture).ToList();
        if (pictures.Count == 0) return Parsed<Variant>.Failed("it offers sound only, and a clip needs a picture");
        var played = pictures.Where(v => v.Plays).ToList();
        var ordered = (played.Count > 0 ? played : pictures)
            .OrderByDescending(v => v.Lines).ThenByDescending(v => v.Rate).ThenByDescending(v => v.Sound is null).ThenByDescending(v => v.IsSource).ThenByDescending(v => v.Bandwidth).ToList();
        if (quality == "worst") return ordered[^1];
        var wanted = Lines().Match(quality);
        if (!wanted.Success) return ordered[0];
        if (ordered.Find(v => IsNamed(v, quality)) is { } named) return named;
        var lines = int.Parse(wanted.Groups["lines"].Value);
        var rate = wanted.Groups["rate"].Success ? int.Parse(wanted.Groups["rate"].Value) : int.MaxValue;
        return ordered.Find(v => v.Lines < lines || (v.Lines == lines && v.Rate <= rate)) ?? ordered[^1];
    }

    /// <summary>The wanted variant of a platform's master playlist, as a resolver's answer.</summary>
    /// <param name="answer">What the platform sent.</param>
    /// <param name="name">The playlist's address as logs may have it.</param>
    /// <param name="quality">The wanted quality.</param>
    public static Resolution Of(HttpAnswer answer, string name, string quality)
    {
        var variants = MasterPlaylist.Parse(answer.Body, answer.Address);
        if (variants.Value is null) return Unusable(variants.Fault);
        var best = Choose(variants.Value, quality);
        return best.Value is { } variant ? variant.Online() : Unusable(best.Fault);

        Resolution.Unreachable Unusable(string? fault) => new($"the master playlist {name} cannot be used: {fault}");
    }

    // Twitch names the source "1080p60 (source)".
    private static bool IsNamed(Variant variant, string quality) => variant.Name.Split(' ')[0].Equals(quality, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\A(?<lines>[0-9]{3,4})p(?<rate>[0-9]{2,3})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Lines();
}
