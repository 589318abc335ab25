using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>
/// What the transactions of the present flow of calls have to pass as the last thing before their commit. A leader's work is fenced by its
/// term, so that no store and no loop can forget to check it.
/// </summary>
public static class Fencing
{
    private static readonly AsyncLocal<Func<NpgsqlConnection, CancellationToken, Task>?> Present = new();

    /// <summary>Whether this flow has a fence.</summary>
    public static bool IsSet => Present.Value is not null;

    /// <summary>From here on, in this method and in what it calls, a transaction commits only where this does not throw.</summary>
    /// <param name="pass">Looks, and locks what it saw until the commit.</param>
    public static void By(Func<NpgsqlConnection, CancellationToken, Task> pass) => Present.Value = pass;

    /// <summary>Passes the fence, if there is one, on the connection whose transaction is about to be committed.</summary>
    public static Task PassAsync(NpgsqlConnection connection, CancellationToken cancellation) => Present.Value is { } pass ? pass(connection, cancellation) : Task.CompletedTask;
}
