namespace StreamClips.ControlPlane.Clips;

/// <summary>Which clips a list shows.</summary>
public sealed record ClipFilter
{
    /// <summary>Of this streamer.</summary>
    public Guid? Streamer { get; init; }

    /// <summary>Of this process.</summary>
    public Guid? Process { get; init; }

    /// <summary>Cut on this node.</summary>
    public string? Node { get; init; }

    /// <summary>That are, or are not, favourites.</summary>
    public bool? Favourite { get; init; }

    /// <summary>With this tag.</summary>
    public string? Tag { get; init; }

    /// <summary>That start at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>That start before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>With this score or a higher one.</summary>
    public double? MinScore { get; init; }

    /// <summary>With this text in the channel's name, the reason, the note or a tag; in any case.</summary>
    public string? Text { get; init; }

    /// <summary>That were, or were not, cut more than once.</summary>
    public bool? Duplicates { get; init; }

    /// <summary>That are being removed, instead of those that stay.</summary>
    public bool Removing { get; init; }

    /// <summary>Whether it leaves anything out but by channel.</summary>
    public bool Narrows => (this with { Streamer = null }) != new ClipFilter();
}

/// <summary>In which order a list shows clips: by time or by score, and then by id.</summary>
/// <param name="ByScore">By score; otherwise by when they start.</param>
/// <param name="Rising">The smallest first; otherwise the largest.</param>
public sealed record ClipOrder(bool ByScore = false, bool Rising = false)
{
    /// <summary>Newest first.</summary>
    public static ClipOrder Newest { get; } = new();

    /// <summary>Highest score first.</summary>
    public static ClipOrder Best { get; } = new(ByScore: true);

    /// <summary>As <c>sort</c> names it.</summary>
    public string Name => (Rising ? "" : "-") + (ByScore ? "score" : "started_at");

    /// <summary>Reads <c>sort</c>; null where it is none.</summary>
    public static ClipOrder? Find(string text) => ((ClipOrder[])[Newest, Best, new(Rising: true), new(ByScore: true, Rising: true)]).FirstOrDefault(o => o.Name == text);
}

/// <summary>Where a clip stands in a list.</summary>
/// <param name="StartedAt">When it starts.</param>
/// <param name="Score">Its score.</param>
/// <param name="Id">Its id.</param>
public sealed record ClipPlace(DateTimeOffset StartedAt, double Score, Guid Id)
{
    /// <summary>Of a clip.</summary>
    public static ClipPlace Of(Clip clip) => new(clip.StartedAt, clip.Score, clip.Id);
}
