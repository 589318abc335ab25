using StreamClips.Storage;

namespace StreamClips.ControlPlane.Clips;

/// <summary>
/// The storages that clips lie in, by name: the one where new ones go, and those where older ones went. Each file's row has the name of
/// its storage, so that a change of storage leaves no clip behind.
/// </summary>
/// <param name="targets">The storages by name.</param>
public sealed class ClipStorages(IReadOnlyDictionary<string, IClipReader> targets)
{
    /// <summary>The storages that are configured. The services own them.</summary>
    public static ClipStorages Of(IEnumerable<IClipTarget> targets) => new(targets.ToDictionary(t => t.Name, IClipReader (t) => t));

    /// <summary>The storage of this name.</summary>
    /// <exception cref="IOException">It is not configured; the message says how.</exception>
    public IClipReader Of(string name) => targets.TryGetValue(name, out var target)
        ? target
        : throw new IOException($"storage '{name}' is not configured here: name it in STORAGE_ALSO and set its variables, or give the present one STORAGE_NAME={name} if it is the same");

    /// <summary>The names of all.</summary>
    public IEnumerable<string> Names => targets.Keys;

    /// <summary>Where viewers are sent.</summary>
    public IEnumerable<Uri> LinkOrigins => targets.Values.Select(t => t.LinkOrigin).OfType<Uri>();

    /// <summary>Where a file lies, for people.</summary>
    public string Describe(string name, string key) =>
        targets.TryGetValue(name, out var target) && target is IClipStorage { Description: var place } ? $"{place.TrimEnd('/')}/{key}" : $"{name}:{key}";
}
