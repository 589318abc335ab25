using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>What the present flow of calls writes last in each of its transactions, so that it is committed with it or not at all.</summary>
public static class BeforeCommit
{
    private static readonly AsyncLocal<Func<NpgsqlConnection, CancellationToken, Task>?> Present = new();

    /// <summary>The work; null: there is none.</summary>
    public static Func<NpgsqlConnection, CancellationToken, Task>? Current => Present.Value;

    /// <summary>From here on, in this method and in what it calls, transactions end with this. It may throw, which undoes them.</summary>
    public static void Do(Func<NpgsqlConnection, CancellationToken, Task>? work) => Present.Value = work;
}
