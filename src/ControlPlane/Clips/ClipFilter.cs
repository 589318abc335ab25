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
