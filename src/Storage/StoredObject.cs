using System.Text.RegularExpressions;

namespace StreamClips.Storage;

/// <summary>A file that lies in a storage, whosever it is.</summary>
/// <param name="Name">Its path below the storage's root, with '/' between parts; anything.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="ChangedAt">When it was last written, by the storage's clock.</param>
public sealed partial record StoredObject(string Name, long SizeBytes, DateTimeOffset ChangedAt)
{
    /// <summary>Where the control plane tries storages; nothing stays there but what a crash left.</summary>
    public const string TrialFolder = "streamclips-doctor";

    /// <summary>When a file was written of which the storage does not tell it: later than all others, so that it is nowhere taken for old.</summary>
    public static readonly DateTimeOffset NoTime = DateTimeOffset.MaxValue;

    /// <summary>Its key; null where its name has not a key's form, so that it is no file of ours.</summary>
    public StorageKey? Key => StorageKey.TryParse(Name, out var key) ? key : null;

    /// <summary>Whether it is a temporary file of ours: what an upload or a trial that is under way, or was cut short, has written.</summary>
    public bool IsTemporary => Name.StartsWith(TrialFolder + "/", StringComparison.Ordinal) ? Key is not null : PartOf(Name) is not null;

    // .NAME.part in a directory, .NAME.HASH.part by SSH. Of a clip's name only: other programs name what is under way so too.
    private static StorageKey? PartOf(string name)
    {
        var slash = name.LastIndexOf('/') + 1;
        var match = Part().Match(name, slash);
        return match.Success && StorageKey.TryParse(name[..slash] + match.Groups["name"].Value, out var key) && key.NamesClip ? key : null;
    }

    [GeneratedRegex(@"\G\.(?<name>[a-z0-9._-]+?)(\.[0-9a-f]{16})?\.part\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Part();
}
