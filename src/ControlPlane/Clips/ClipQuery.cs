using System.Globalization;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Which clips a request asks for: from the API and from the dashboard alike.</summary>
public static class ClipQuery
{
    private const int LongestText = 200;
    private static readonly string[] Known =
        ["streamer", "process", "node", "favourite", "tag", "since", "until", "min_score", "q", "duplicates", "removing", "sort", "limit", "cursor"];

    /// <summary>Reads the filters.</summary>
    public static ClipFilter Filter(IQueryCollection query, Faults faults) => new()
    {
        Streamer = PageQuery.Id(query, "streamer", faults),
        Process = PageQuery.Id(query, "process", faults),
        Node = Text(query, "node", faults),
        Favourite = YesOrNo(query, "favourite", faults),
        Tag = Tag(query, faults),
        Since = PageQuery.Time(query, "since", faults),
        Until = PageQuery.Time(query, "until", faults),
        MinScore = Score(query, faults),
        Text = Text(query, "q", faults),
        Duplicates = YesOrNo(query, "duplicates", faults),
        Removing = PageQuery.Flag(query, "removing", faults),
    };

    /// <summary>Reads <c>sort</c>.</summary>
    public static ClipOrder Order(IQueryCollection query, Faults faults)
    {
        if (Given(query, "sort") is not { } text) return ClipOrder.Newest;
        if (ClipOrder.Find(text) is { } order) return order;
        faults.Add("sort", $"sort is '{text}': give started_at or score, with - before it for the largest first");
        return ClipOrder.Newest;
    }

    /// <summary>Reads <c>cursor</c>.</summary>
    public static ClipPlace? After(IQueryCollection query, Faults faults) =>
        PageQuery.Cursor(query, faults, id => Place(DateTimeOffset.MinValue, id) is not null) is { } cursor ? Place(cursor.At, cursor.Id) : null;

    /// <summary>Where a clip stands in a list.</summary>
    public static PageCursor Cursor(Clip clip) => new(clip.StartedAt, string.Create(CultureInfo.InvariantCulture, $"{clip.Id} {clip.Score:R}"));

    /// <summary>Names parameters that there are not.</summary>
    public static void RefuseUnknown(IQueryCollection query, Faults faults)
    {
        foreach (var name in query.Keys.Except(Known)) faults.Add(name, $"there is no parameter '{name}': they are {string.Join(", ", Known)}");
    }

    private static ClipPlace? Place(DateTimeOffset at, string text) =>
        text.Split(' ') is [var id, var score] && Guid.TryParse(id, out var clip) && double.TryParse(score, CultureInfo.InvariantCulture, out var value) ? new(at, value, clip) : null;

    private static bool? YesOrNo(IQueryCollection query, string name, Faults faults) => Given(query, name) is null ? null : PageQuery.Flag(query, name, faults);

    private static string? Text(IQueryCollection query, string name, Faults faults)
    {
        if (Given(query, name) is not { } text) return null;
        if (text.Length <= LongestText && !text.Any(char.IsControl)) return text;
        faults.Add(name, $"{name} has {text.Length} characters: give at most {LongestText}, without control characters");
        return null;
    }

    private static string? Tag(IQueryCollection query, Faults faults)
    {
        if (Given(query, "tag") is not { } text) return null;
        var (tag, fault) = ClipTags.Normalise(text);
        if (fault is not null) faults.Add("tag", fault);
        return tag;
    }

    private static double? Score(IQueryCollection query, Faults faults)
    {
        if (Given(query, "min_score") is not { } text) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var score) && double.IsFinite(score)) return score;
        faults.Add("min_score", $"min_score is '{text}': give a number, as 3.5");
        return null;
    }

    private static string? Given(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;
}
