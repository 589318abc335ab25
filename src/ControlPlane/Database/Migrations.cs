using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>One step of the schema.</summary>
/// <param name="Version">Its number, from 1 without gaps.</param>
/// <param name="Name">What it is called, as <c>0001_first</c>.</param>
/// <param name="Sql">What it runs, in one transaction.</param>
public sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>SHA-256 of the text with line ends unified, lower-case hex.</summary>
    public string Checksum =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));
}

/// <summary>
/// Brings the schema forward: the steps that are built into this program, each in a transaction of its own, under an
/// advisory lock so that replicas that start together wait for each other. Never backward: where the database is newer
/// than the program, or a step that ran is not the step that is built in, it refuses.
/// </summary>
/// <param name="steps">All steps, ascending.</param>
public sealed class Migrations(IReadOnlyList<Migration> steps)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);
    private const long LockKey = 0x5354_4D43_4C49_5053; // "STMCLIPS"

    /// <summary>The steps that are built in.</summary>
    public static Migrations BuiltIn { get; } = new(ReadBuiltIn());

    /// <summary>All steps, ascending.</summary>
    public IReadOnlyList<Migration> Steps => steps;

    /// <summary>Runs what is missing.</summary>
    /// <param name="connection">An Npgsql connection string, of the role that owns the tables.</param>
    /// <param name="clock">The clock for the record.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="application">The role that the program works as, which gets what it needs; null: the owner.</param>
    /// <returns>How many steps ran.</returns>
    /// <exception cref="StartupException">The database is newer, or was changed by other steps.</exception>
    public async Task<int> RunAsync(string connection, TimeProvider clock, CancellationToken cancellation, string? application = null)
    {
        // A connection of its own: the lock belongs to it, and building an index may take longer than a request may.
        await using var source = DatabaseHosts.Single(new(connection) { Timeout = 15, CommandTimeout = 0 });
        await using var session = await source.OpenConnectionAsync(cancellation);
        await LockAsync(session, clock, cancellation);
        // Looked for first: a role that may make no tables may still find that none is missing.
        if (await session.ExecuteScalarAsync<string?>("select to_regclass('schema_migration')::text") is null)
        {
            await session.ExecuteAsync(
                """
                create table schema_migration (
                    version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null)
                """);
        }

        var applied = (await session.QueryAsync<AppliedMigration>(
            "select version, name, checksum from schema_migration order by version")).ToList();
        if (Refusal(applied) is { } refusal) throw new StartupException(refusal);
        foreach (var step in steps.Skip(applied.Count)) await ApplyAsync(session, step, clock, cancellation);
        if (application is not null) await session.ExecuteAsync(new CommandDefinition("select grant_to_application(@application::name)", new { application }, cancellationToken: cancellation));
        return steps.Count - applied.Count;
    }

    private static async Task LockAsync(NpgsqlConnection session, TimeProvider clock, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        for (var told = false; !await TakeAsync(); told = true)
        {
            if (!told) await Console.Error.WriteLineAsync("another control plane changes the database's tables: waiting for it".AsMemory(), cancellation);
            if (clock.GetElapsedTime(started) > LongestWait)
                throw new StartupException($"another control plane has held the lock of the database's tables for {LongestWait.TotalMinutes} minutes: stop it, or end its session in the database");
            await Task.Delay(LockPoll, clock, cancellation);
        }

        Task<bool> TakeAsync() =>
            session.ExecuteScalarAsync<bool>(new CommandDefinition("select pg_try_advisory_lock(@LockKey)", new { LockKey }, cancellationToken: cancellation));
    }

    /// <summary>Why the steps may not run on a database where those have run; null where they may.</summary>
    public string? Refusal(IReadOnlyList<AppliedMigration> applied)
    {
        foreach (var (ran, index) in applied.Select((ran, index) => (ran, index)))
        {
            if (index >= steps.Count)
                return $"the database is newer than this program: it has step {ran.Name}, and this program ends with {steps[^1].Name}. Start the newer program, or restore a backup from before it";
            if (ran.Version != steps[index].Version || ran.Checksum != steps[index].Checksum)
                return $"step {ran.Name} of the database is not the {steps[index].Name} of this program (their checksums differ): the database was made by another build. Start that build, or give another database";
        }

        return null;
    }

    private static async Task ApplyAsync(NpgsqlConnection session, Migration step, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await session.BeginTransactionAsync(cancellation);
        await session.ExecuteAsync(new CommandDefinition(step.Sql, cancellationToken: cancellation));
        await session.ExecuteAsync(new CommandDefinition(
            "insert into schema_migration (version, name, checksum, applied_at) values (@Version, @Name, @Checksum, @Now)",
            new { step.Version, step.Name, step.Checksum, Now = clock.GetUtcNow() }, cancellationToken: cancellation));
        await transaction.CommitAsync(cancellation);
    }

    private static List<Migration> ReadBuiltIn()
    {
        var assembly = Assembly.GetExecutingAssembly();
        const string Prefix = "StreamClips.ControlPlane.Database.Migrations.";
        var steps = new List<Migration>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var name = resource[Prefix.Length..^".sql".Length];
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var step = new Migration(int.Parse(name.AsSpan(0, 4)), name, reader.ReadToEnd());
            if (step.Version != steps.Count + 1) throw new InvalidOperationException($"migration {name} should be number {steps.Count + 1}");
            steps.Add(step);
        }

        return steps;
    }
}

/// <summary>A step that a database has been through.</summary>
public sealed record AppliedMigration
{
    /// <summary>Its number.</summary>
    public required int Version { get; init; }

    /// <summary>What it was called.</summary>
    public required string Name { get; init; }

    /// <summary>The checksum of what ran.</summary>
    public required string Checksum { get; init; }
}
