using System.Data;
using Dapper;
using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>
/// The way to Postgres for every store: bounded pools, short waits (a request fails fast where the database is away), and
/// the channel on which changes are announced.
/// </summary>
public sealed class Postgres : IAsyncDisposable
{
    /// <summary>The channel of NOTIFY; the payload is a topic of the change signal.</summary>
    public const string Channel = "streamclips";

    private const int CommandTimeoutSeconds = 15;

    // More than the program itself waits: they only matter where it is gone.
    private static readonly TimeSpan LongestForRequest = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestForWork = TimeSpan.FromSeconds(60);

    private readonly NpgsqlDataSource _work;
    private readonly NpgsqlDataSource _requests;
    private readonly NpgsqlDataSource _single;

    static Postgres()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new InstantHandler());
    }

    /// <summary>Makes the pools; connects when first asked to.</summary>
    /// <param name="connection">An Npgsql connection string.</param>
    /// <param name="maxConnections">Most connections at once, 2 to 500; who wants one waits at most 3 s for it.</param>
    /// <param name="forRequests">So many of them are kept for requests (<see cref="Lane"/>), which use no others; 0: all are everybody's.</param>
    public Postgres(string connection, int maxConnections = 28, int forRequests = 0)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection)
        {
            Timeout = 3,
            CommandTimeout = CommandTimeoutSeconds,
            MaxPoolSize = maxConnections - forRequests,
            KeepAlive = 15,
            IncludeErrorDetail = false,
        };
        if (string.IsNullOrEmpty(settings.ApplicationName)) settings.ApplicationName = "streamclips";
        _work = DatabaseHosts.Pool(settings, LongestForWork);
        _requests = forRequests == 0 ? _work : DatabaseHosts.Pool(new(settings.ConnectionString) { MaxPoolSize = forRequests }, LongestForRequest);
        _single = DatabaseHosts.Single(settings);
        Address = DatabaseHosts.Describe(settings);
    }

    /// <summary>Hosts, ports and name, without credentials, for messages.</summary>
    public string Address { get; }

    /// <summary>A connection from the pool. Dispose it to give it back, with its session as it was: what is set there is set for a transaction.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellation) => (Lane.IsRequest ? _requests : _work).OpenConnectionAsync(cancellation);

    /// <summary>A connection of no pool, whose session ends with it: for its locks, its settings, what it listens to, and statements that take long.</summary>
    public ValueTask<NpgsqlConnection> OpenSingleAsync(CancellationToken cancellation) => _single.OpenConnectionAsync(cancellation);

    /// <summary>
    /// Runs work in one transaction: committed when it returns, rolled back when it throws. Says first for whom
    /// (<see cref="Acting"/>), for the audit trail, then writes what the request wants committed with it (<see cref="BeforeCommit"/>), and passes
    /// last what fences the work (<see cref="Fencing"/>).
    /// </summary>
    public async Task<T> TransactAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (Acting.Current is { } actor)
            await connection.ExecuteAsync(new CommandDefinition("select set_config('streamclips.actor', @actor, true)", new { actor = actor.ToJson() }, cancellationToken: cancellation));
        var result = await work(connection);
        if (BeforeCommit.Current is { } last) await last(connection, cancellation);
        await Fencing.PassAsync(connection, cancellation);
        await transaction.CommitAsync(cancellation);
        return result;
    }

    /// <inheritdoc cref="TransactAsync{T}"/>
    public Task TransactAsync(Func<NpgsqlConnection, Task> work, CancellationToken cancellation) =>
        TransactAsync(async connection =>
        {
            await work(connection);
            return true;
        }, cancellation);

    /// <summary>Hears the announcements on <see cref="Channel"/>, on a connection of its own, until that breaks.</summary>
    /// <param name="listening">Called once from then on nothing is missed.</param>
    /// <param name="heard">Called with each payload.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task ListenAsync(Action listening, Action<string> heard, CancellationToken cancellation)
    {
        await using var connection = await OpenSingleAsync(cancellation);
        connection.Notification += (_, notice) => heard(notice.Payload);
        await connection.ExecuteAsync(new CommandDefinition($"listen {Channel}", cancellationToken: cancellation));
        listening();
        while (true) await connection.WaitAsync(cancellation);
    }

    /// <summary>Whether the database answers, and takes changes.</summary>
    /// <returns>Null where it does, otherwise why not, for people.</returns>
    public async Task<string?> FaultAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = await OpenAsync(cancellation);
            var readOnly = await connection.ExecuteScalarAsync<string>(new CommandDefinition("show transaction_read_only", cancellationToken: cancellation));
            return readOnly == "on" ? $"the database at {Address} is read-only, as one is that gave way to another" : null;
        }
        catch (Exception e) when (DatabaseFault.IsUnavailable(e))
        {
            return $"the database at {Address} does not answer: {DatabaseFault.Describe(e)}";
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _work.DisposeAsync();
        await _requests.DisposeAsync();
        await _single.DisposeAsync();
    }

    /// <summary>Times are UTC in the database and carry their offset here.</summary>
    private sealed class InstantHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = value.ToUniversalTime();

        public override DateTimeOffset Parse(object value) => value switch
        {
            DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
            DateTimeOffset time => time,
            _ => throw new InvalidCastException($"{value.GetType()} is no time"),
        };
    }
}
