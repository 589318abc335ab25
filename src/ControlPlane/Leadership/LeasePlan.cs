namespace StreamClips.ControlPlane.Leadership;

/// <summary>The lease as a replica saw it.</summary>
/// <param name="Term">The newest term.</param>
/// <param name="Holder">Whose it is; empty: nobody's yet.</param>
/// <param name="Remaining">For how long it still holds, by the database's clock; not above zero: anybody may take it.</param>
/// <param name="IsOurs">Whether it was taken or renewed just now by who asked.</param>
public sealed record LeaseSeen(long Term, string Holder, TimeSpan Remaining, bool IsOurs);

/// <summary>
/// When to do what with the lease. A leader renews it often, and stops leading by its own monotonic clock some time before anybody else
/// may take it, so that a slow or cut-off leader has stopped by itself; a paused one is stopped by its term.
/// </summary>
public static class LeasePlan
{
    /// <summary>How long a lease holds after it was taken or renewed, by the database's clock.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(7);

    /// <summary>How long a replica leads after it asked for the renewal that it got: less than <see cref="Length"/>, for clocks that do not run alike.</summary>
    public static readonly TimeSpan LeadsFor = TimeSpan.FromSeconds(6);

    /// <summary>A leader renews this often.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2);

    /// <summary>And tries again after this, where that failed.</summary>
    public static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>The others look at least this often, so that a lease that was given back is taken even where nobody heard of it.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait before the next renewal or try to take the lease.</summary>
    /// <param name="seen">What the last try found; null: the database did not answer.</param>
    /// <param name="share">From 0 to 1, drawn anew each time: replicas that wait for the same end do not ask all at once.</param>
    public static TimeSpan Wait(LeaseSeen? seen, double share)
    {
        if (seen is null) return RetryEvery * (0.5 + share);
        if (seen.IsOurs) return RenewEvery;
        var left = seen.Remaining > TimeSpan.Zero ? seen.Remaining : TimeSpan.Zero;
        return (left < LookEvery ? left : LookEvery) + (TimeSpan.FromMilliseconds(200) * share) + TimeSpan.FromMilliseconds(10);
    }
}
