namespace StreamClips.NodeAgent.Shipping;

/// <summary>Something finished in a worker's directory that is to be taken to the storage.</summary>
/// <param name="ProcessId">The worker's run.</param>
/// <param name="Name">The name that its files share.</param>
/// <param name="Sidecar">Its sidecar's path, by which it is known.</param>
/// <param name="IsClip">A clip; otherwise a rendition, which is shipped when no clip is due.</param>
/// <param name="MadeAt">When it was finished.</param>
/// <param name="Bytes">Length of its files together.</param>
/// <param name="ShipAsync">Takes it to the storage.</param>
public sealed record ShippingItem(
    Guid ProcessId, string Name, string Sidecar, bool IsClip, DateTimeOffset MadeAt, long Bytes, Func<CancellationToken, Task<ShipResult>> ShipAsync)
{
    /// <summary>Whether something else must be acknowledged first.</summary>
    public Func<bool> MustWait { get; init; } = () => false;

    /// <summary>When the files of one name were finished, and their length together; of the moment where they are just being deleted.</summary>
    /// <param name="sidecar">The sidecar's path.</param>
    public static (DateTimeOffset MadeAt, long Bytes) Measure(string sidecar)
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(sidecar)!);
        var name = Path.GetFileNameWithoutExtension(sidecar);
        var bytes = folder.EnumerateFiles(name + ".*").Sum(f => f.Exists ? f.Length : 0);
        return (new(File.GetLastWriteTimeUtc(sidecar), TimeSpan.Zero), bytes);
    }
}

/// <summary>What became of an attempt to ship.</summary>
public enum ShipOutcome
{
    /// <summary>It is in storage.</summary>
    Done,

    /// <summary>It is not here any more: put aside as damaged, or acknowledged meanwhile.</summary>
    Gone,

    /// <summary>Something is wrong with this one alone; later again.</summary>
    Later,

    /// <summary>The storage failed; what else waits would most likely fare no better.</summary>
    StorageAway,
}

/// <summary>The result of an attempt to ship.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">Why; empty where it is done.</param>
public readonly record struct ShipResult(ShipOutcome Outcome, string Reason = "");

/// <summary>How the shipping of a node stands.</summary>
/// <param name="Clips">Clips that are not yet acknowledged by the control plane.</param>
/// <param name="Bytes">Length of all files that are not yet acknowledged, renditions' too.</param>
/// <param name="OldestAt">When the oldest of those clips was finished; null: there is none.</param>
/// <param name="Fault">What keeps clips from the storage at present; empty: nothing.</param>
public sealed record ShippingState(int Clips, long Bytes, DateTimeOffset? OldestAt, string Fault)
{
    /// <summary>Nothing waits.</summary>
    public static ShippingState Empty { get; } = new(0, 0, null, "");
}
