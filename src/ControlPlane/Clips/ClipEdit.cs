using System.Text.Json;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Clips;

/// <summary>What people say of a clip.</summary>
/// <param name="Favourite">Whether retention leaves it alone.</param>
/// <param name="Tags">Its tags, each in its one form.</param>
/// <param name="Note">Its note; empty: none.</param>
public sealed record ClipMarks(bool Favourite, IReadOnlyList<string> Tags, string Note)
{
    /// <summary>Whether two say the same.</summary>
    public bool Same(ClipMarks other) => Favourite == other.Favourite && Note == other.Note && Tags.SequenceEqual(other.Tags);

    /// <summary>What a clip says that stays in the place of others: nothing that people wrote is lost, as far as it fits.</summary>
    public static ClipMarks Joined(IEnumerable<ClipMarks> all)
    {
        var marks = all.ToList();
        var note = string.Join("\n", marks.Select(m => m.Note).Where(n => n.Length > 0).Distinct());
        return new(marks.Exists(m => m.Favourite), [.. marks.SelectMany(m => m.Tags).Distinct().Take(ClipTags.Most)], note.Length <= ClipEdit.LongestNote ? note : note[..ClipEdit.LongestNote]);
    }
}

/// <summary>A change that people make to what they say of clips; what is null or empty stays.</summary>
public sealed record ClipEdit
{
    /// <summary>Most characters of a note.</summary>
    public const int LongestNote = 2000;

    /// <summary>Whether it is a favourite from now on.</summary>
    public bool? Favourite { get; init; }

    /// <summary>The only tags from now on.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Tags that come to those that are there.</summary>
    public IReadOnlyList<string> AddTags { get; init; } = [];

    /// <summary>Tags that go.</summary>
    public IReadOnlyList<string> RemoveTags { get; init; } = [];

    /// <summary>The note from now on; empty: none.</summary>
    public string? Note { get; init; }

    /// <summary>Whether it changes nothing.</summary>
    public bool IsEmpty => Favourite is null && Tags is null && AddTags.Count == 0 && RemoveTags.Count == 0 && Note is null;

    /// <summary>What is said after the change. Pure.</summary>
    /// <returns>Null where it would be more tags than a clip may have.</returns>
    public ClipMarks? Apply(ClipMarks before)
    {
        IReadOnlyList<string> tags = [.. (Tags ?? before.Tags).Except(RemoveTags).Union(AddTags)];
        return tags.Count > ClipTags.Most ? null : new(Favourite ?? before.Favourite, tags, Note ?? before.Note);
    }

    /// <summary>Reads a JSON merge patch (RFC 7396): what is absent stays, what is null becomes as it was at first. The faults go into the body's.</summary>
    public static ClipEdit ReadPatch(RequestBody body)
    {
        var edit = new ClipEdit
        {
            Favourite = body.Flag("favourite") ?? (body.IsNull("favourite") ? false : null),
            Tags = ReadTags(body, "tags") ?? (body.IsNull("tags") ? [] : null),
            Note = ReadNote(body),
        };
        body.RefuseUnknown();
        return edit;
    }

    /// <summary>Reads a list of tags; null where it is absent or null.</summary>
    public static IReadOnlyList<string>? ReadTags(RequestBody body, string name)
    {
        if (body.List(name, ClipTags.Most) is not { } items) return null;
        if (items.FirstOrDefault(i => i.ValueKind != JsonValueKind.String) is { ValueKind: not JsonValueKind.Undefined } other)
        {
            body.Faults.Add(name, $"{name} holds {other.GetRawText()}: give texts");
            return null;
        }

        var (tags, faults) = ClipTags.All([.. items.Select(i => i.GetString()!)]);
        foreach (var fault in faults) body.Faults.Add(name, fault);
        return tags;
    }

    /// <summary>What is wrong with a note; null: nothing. It may have several lines.</summary>
    public static string? NoteFault(string note)
    {
        if (note.Length > LongestNote) return $"note has {note.Length} characters: give at most {LongestNote}";
        return note.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) ? "note holds a control character: leave it out" : null;
    }

    /// <summary>A note as it is kept: lines end with a line feed alone, and none is empty at its ends.</summary>
    public static string TidyNote(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Trim();

    private static string? ReadNote(RequestBody body)
    {
        if (body.RawText("note") is not { } text) return body.IsNull("note") ? "" : null;
        var note = TidyNote(text);
        if (NoteFault(note) is { } fault) body.Faults.Add("note", fault);
        return note;
    }
}
