using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Nodes;
using StreamClips.Storage;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests;

/// <summary>A control plane on real Kestrel and a database of its own, in which it works as the role that owns nothing. An error in its log that a test did not expect fails the test.</summary>
internal sealed class TestControlPlane : IAsyncDisposable
{
    public const string Password = "a good password";
    public const string Secret = "a secret key of the tests, long enough";

    private readonly TemporaryDirectory _directory;
    private readonly LogCapture _log;
    private readonly WebApplication _app;

    private TestControlPlane(TemporaryDirectory directory, LogCapture log, WebApplication app, string connection)
    {
        (_directory, _log, _app, Connection) = (directory, log, app, connection);
        var (dashboard, grpc) = ControlPlaneRun.Addresses(app);
        (Address, GrpcAddress) = (new Uri(dashboard), new Uri(grpc));
        Http = Client();
    }

    /// <summary>The database, as its owner.</summary>
    public string Connection { get; }

    public Uri Address { get; }

    public Uri GrpcAddress { get; }

    /// <summary>A client with cookies of its own.</summary>
    public HttpClient Http { get; }

    public string StoragePath => _directory["storage"];

    public IReadOnlyCollection<CapturedLine> Log => _log.Lines;

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public static async Task<TestControlPlane> StartAsync(string? database = null, bool signIn = true, TimeProvider? clock = null, Func<ControlPlaneOptions, ControlPlaneOptions>? change = null, Action<WebApplication>? routes = null, params IReadOnlyList<StorageSettings> also)
    {
        var directory = new TemporaryDirectory();
        var connection = database ?? await TestServer.DatabaseAsync();
        var options = new ControlPlaneOptions
        {
            DataDirectory = directory.Path, Storages = [new() { Name = "local", LocalPath = directory["storage"] }, .. also], DashboardPort = 0, GrpcPort = 0,
            SecretKey = Secret,
        };
        options = change?.Invoke(options) ?? options;
        var log = new LogCapture();
        var app = ControlPlaneApp.Build(options, TestServer.AsApplication(connection), builder =>
        {
            builder.Logging.ClearProviders().AddProvider(log);

            // The nodes of tests send no heartbeats: they are not lost for a machine that is slow.
            builder.Services.AddSingleton(new NodeWatch(TimeSpan.FromHours(1)));
            if (clock is not null) builder.Services.AddSingleton(clock);
        });
        routes?.Invoke(app);
        await app.Services.GetRequiredService<SignIn>().AddFirstAdminAsync(Password, CancellationToken.None);
        await app.StartAsync();
        var started = new TestControlPlane(directory, log, app, connection);
        if (signIn) await started.SignInAsync(started.Http);
        return started;
    }

    public HttpClient Client() => new() { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(90) };

    public async Task SignInAsync(HttpClient client)
    {
        using var response = await client.PostAsJsonAsync("/auth/login", new { username = "admin", password = Password });
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Adds a streamer over the API.</summary>
    public async Task<Guid> AddStreamerAsync(string name, bool active = true, object? settings = null)
    {
        using var response = await Http.PostAsJsonAsync("/streamers", new { name, url = $"https://www.twitch.tv/{name}", active, settings });
        Assert.That((int)response.StatusCode, Is.EqualTo(201), await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<Guid>();
    }

    /// <summary>Reads a JSON document.</summary>
    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(path))!;

    /// <summary>Runs a statement beside the program.</summary>
    public async Task<int> ExecuteAsync(string sql, object? values = null)
    {
        await using var connection = new Npgsql.NpgsqlConnection(Connection + ";Pooling=false");
        return await connection.ExecuteAsync(sql, values);
    }

    /// <summary>One value beside the program.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, object? values = null)
    {
        await using var connection = new Npgsql.NpgsqlConnection(Connection + ";Pooling=false");
        return await connection.ExecuteScalarAsync<T>(sql, values);
    }

    /// <summary>A join token over the API.</summary>
    public async Task<string> JoinTokenAsync(int uses = 1, string? node = null, int ttl_s = 3600)
    {
        using var response = await Http.PostAsJsonAsync("/tokens/join", new { uses, node, ttl_s });
        Assert.That((int)response.StatusCode, Is.EqualTo(201), await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["token"]!.ToString();
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await _app.DisposeAsync();
        Http.Dispose();
        _directory.Dispose();
        Assert.That(_log.Errors.Select(e => $"{e.Message} {e.Exception}"), Is.Empty);
    }
}
