namespace StreamClips.ControlPlane.Database;

/// <summary>
/// Whose connections a flow of calls uses: those kept for requests of people and programs, or those of agents and of the program's own loops. So a
/// page or a read of the API never waits behind a fleet that comes back all at once.
/// </summary>
public static class Lane
{
    private static readonly AsyncLocal<bool> Present = new();

    /// <summary>Whether this flow serves a request.</summary>
    public static bool IsRequest => Present.Value;

    /// <summary>From here on, in this method and in what it calls, a request is served.</summary>
    public static void Request() => Present.Value = true;
}
