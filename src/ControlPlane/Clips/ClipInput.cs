using System.ComponentModel.DataAnnotations;

namespace StreamClips.ControlPlane.Clips;

/// <summary>What is said of a clip to change it: a merge patch (RFC 7396), so what is absent stays, and what is null becomes as it was at first. <see cref="ClipEdit"/> reads it.</summary>
public sealed record ClipPatch
{
    /// <summary>Whether retention leaves it alone.</summary>
    public bool? Favourite { get; init; }

    /// <summary>Its only tags from now on, each 1 to 40 characters; they are kept in lower case.</summary>
    [MaxLength(ClipTags.Most)]
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Its note from now on.</summary>
    [MaxLength(ClipEdit.LongestNote)]
    public string? Note { get; init; }

    /// <summary>An example.</summary>
    public static ClipPatch Example { get; } = new() { Favourite = true, Tags = ["clutch", "late night"], Note = "The comeback in the last round." };
}

/// <summary>One change to several clips: marks and tags, or their deletion.</summary>
public sealed record ClipBulk
{
    /// <summary>The clips.</summary>
    [Length(1, ClipEditStore.Most)]
    public required IReadOnlyList<Guid> Ids { get; init; }

    /// <summary>Whether they are favourites from now on.</summary>
    public bool? Favourite { get; init; }

    /// <summary>Tags that come to those that are there.</summary>
    [MaxLength(ClipTags.Most)]
    public IReadOnlyList<string>? AddTags { get; init; }

    /// <summary>Tags that go.</summary>
    [MaxLength(ClipTags.Most)]
    public IReadOnlyList<string>? RemoveTags { get; init; }

    /// <summary>True, and nothing else: they are deleted, favourites too.</summary>
    public bool? Delete { get; init; }

    /// <summary>An example.</summary>
    public static ClipBulk Example { get; } = new() { Ids = [ClipView.Example.Id], Favourite = true, AddTags = ["clutch"] };
}

/// <summary>How a change to several clips went.</summary>
/// <param name="Items">Each of them, in the order given.</param>
public sealed record ClipBulkResult(IReadOnlyList<ClipBulkItem> Items)
{
    /// <summary>An example.</summary>
    public static ClipBulkResult Example { get; } = new([new(ClipView.Example.Id, "done", null)]);
}

/// <summary>How it went with one clip.</summary>
/// <param name="Id">The clip.</param>
/// <param name="Result">done, not_found, removing or too_many_tags. A clip that is deleted is done once it is in no list any more.</param>
/// <param name="Fault">Why it stayed as before; null: it is done.</param>
public sealed record ClipBulkItem(Guid Id, string Result, string? Fault);
