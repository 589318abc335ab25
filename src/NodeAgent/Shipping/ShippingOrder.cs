namespace StreamClips.NodeAgent.Shipping;

/// <summary>
/// Decides what is shipped next: clips before renditions; the worker with the fewest uploads under way, of those the one that was
/// served longest ago, so that a backlog of one worker holds up no other; and of a worker the oldest first.
/// </summary>
public static class ShippingOrder
{
    /// <summary>The next one.</summary>
    /// <param name="due">What may be shipped now.</param>
    /// <param name="turns">How the workers were served; one that is missing never was.</param>
    /// <returns>Null where nothing is due.</returns>
    public static ShippingItem? Next(IEnumerable<ShippingItem> due, IReadOnlyDictionary<Guid, ShippingTurn> turns) => due
        .OrderByDescending(i => i.IsClip)
        .ThenBy(i => turns.GetValueOrDefault(i.ProcessId).UnderWay)
        .ThenBy(i => turns.GetValueOrDefault(i.ProcessId).Served)
        .ThenBy(i => i.MadeAt)
        .ThenBy(i => i.Sidecar, StringComparer.Ordinal)
        .FirstOrDefault();
}

/// <summary>How a worker was served.</summary>
/// <param name="UnderWay">Uploads of it at present.</param>
/// <param name="Served">The number of its last turn; a later turn has a greater one, 0: none yet.</param>
public readonly record struct ShippingTurn(int UnderWay, long Served);
