using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests;

/// <summary>One real Postgres for the whole run, with a template that has the schema; a test's database is a copy of it.</summary>
[SetUpFixture]
internal sealed class TestServer
{
    private static TemporaryDirectory? _directory;
    private static PrivatePostgres? _server;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _directory = new TemporaryDirectory();
        _server = await PrivatePostgres.StartAsync(_directory["postgres"], TimeProvider.System, CancellationToken.None);
        await RunAsync("create database template_streamclips");
        await Migrations.BuiltIn.RunAsync(_server.ConnectionTo("template_streamclips"), TimeProvider.System, CancellationToken.None, PrivatePostgres.ApplicationRole);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_server is not null) await _server.StopAsync();
        _directory?.Dispose();
    }

    /// <summary>A database with the schema and no rows.</summary>
    public static Task<string> DatabaseAsync() => DatabaseAsync("template_streamclips");

    /// <summary>The way to a database as the role that the program works as. What is not of this server stays as it is.</summary>
    public static string AsApplication(string connection) =>
        new NpgsqlConnectionStringBuilder(connection) is { Username: "streamclips" } settings && settings.Port == _server!.Port ? _server.AsApplication(connection) : connection;

    /// <summary>A database without anything.</summary>
    public static Task<string> EmptyDatabaseAsync() => DatabaseAsync("template0");

    /// <summary>What the server has written to its log.</summary>
    public static string Log() => string.Concat(Directory.EnumerateFiles(_directory!.Path, "postgres-*.log", SearchOption.AllDirectories).Select(Read));

    /// <summary>Runs statements as the owner of a database.</summary>
    public static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false;Command Timeout=300");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string Read(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static async Task<string> DatabaseAsync(string template)
    {
        var name = $"t{Guid.NewGuid():n}";
        await RunAsync($"create database {name} template {template}");
        return _server!.ConnectionTo(name);
    }

    private static async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_server!.ConnectionTo("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
