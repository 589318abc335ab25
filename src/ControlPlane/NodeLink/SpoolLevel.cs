namespace StreamClips.ControlPlane.NodeLink;

/// <summary>
/// Decides when operators are told how full a node's spool is: from half and from four fifths on, and again only when it has been a
/// tenth of the limit below that.
/// </summary>
public static class SpoolLevel
{
    private const int Hysteresis = 10;
    private static readonly int[] Levels = [80, 50];

    /// <summary>The level that was reached.</summary>
    /// <param name="before">The level before: 0, 50 or 80 percent.</param>
    /// <param name="bytes">What waits for the storage.</param>
    /// <param name="limit">With so many bytes no new clips are made; 0: not known, and nothing is told.</param>
    /// <returns>0, 50 or 80.</returns>
    public static int Next(int before, long bytes, long limit)
    {
        if (limit <= 0) return 0;
        var percent = (decimal)bytes * 100 / limit;
        return Array.Find(Levels, l => percent >= (before >= l ? l - Hysteresis : l));
    }
}
