using System.Collections.Concurrent;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Npgsql;
using StreamClips.ControlPlane;
using StreamClips.ControlPlane.Accounts;
using StreamClips.Testing;

namespace StreamClips.Browser.Tests;

/// <summary>A control plane on a database and a storage of its own, and browser contexts that look at it.</summary>
internal sealed class Site : IAsyncDisposable
{
    public const string Password = "a good password";

    private readonly TemporaryDirectory _directory = new();
    private readonly LogCapture _log = new();
    private readonly List<IBrowserContext> _contexts = [];
    private WebApplication _app = null!;
    private string _connection = null!;

    /// <summary>The address, without a slash at its end.</summary>
    public string Address { get; private set; } = null!;

    public string StoragePath => _directory["storage"];

    public static async Task<Site> StartAsync()
    {
        var site = new Site { _connection = await Surroundings.DatabaseAsync() };
        var options = new ControlPlaneOptions { DataDirectory = site._directory.Path, Storages = [new() { Name = "local", LocalPath = site.StoragePath }], DashboardPort = 0, GrpcPort = 0 };
        site._app = ControlPlaneApp.Build(options, site._connection, builder => builder.Logging.ClearProviders().AddProvider(site._log));
        await site._app.Services.GetRequiredService<SignIn>().AddFirstAdminAsync(Password, CancellationToken.None);
        await site._app.StartAsync();
        site.Address = ControlPlaneRun.Addresses(site._app).Dashboard;
        return site;
    }

    /// <summary>A fresh browser profile, not signed in.</summary>
    public async Task<Visit> VisitAsync(int width = 1280, ColorScheme scheme = ColorScheme.Light, bool scripts = true)
    {
        var context = await Surroundings.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Address,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
            JavaScriptEnabled = scripts,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(Surroundings.PatienceMs);
        _contexts.Add(context);
        return new Visit(await context.NewPageAsync());
    }

    /// <summary>A fresh browser profile, signed in, at a page.</summary>
    public async Task<Visit> SignedInAsync(string path, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        var visit = await VisitAsync(width, scheme);
        using var client = new HttpClient(new HttpClientHandler { UseCookies = false });
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["username"] = "admin", ["password"] = Password });
        using var answer = await client.PostAsync($"{Address}/auth/login", form);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0].Split('=', 2);
        await visit.Page.Context.AddCookiesAsync([new Cookie { Name = cookie[0], Value = cookie[1], Url = Address, HttpOnly = true, SameSite = SameSiteAttribute.Strict }]);
        await visit.Page.GotoAsync(path);
        return visit;
    }

    /// <summary>Runs a statement beside the program.</summary>
    public async Task<int> ExecuteAsync(string sql, object? values = null)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        return await connection.ExecuteAsync(sql, values);
    }

    /// <summary>One value beside the program.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, object? values = null)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        return await connection.ExecuteScalarAsync<T>(sql, values);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var context in _contexts) await context.CloseAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
        Assert.That(_log.Errors.Select(e => $"{e.Message} {e.Exception}"), Is.Empty);
    }
}

/// <summary>A page and what the browser complained of on it: script errors, refused loads, broken policy.</summary>
internal sealed class Visit
{
    public Visit(IPage page)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") Complaints.Enqueue(message.Text);
        };
        page.PageError += (_, error) => Complaints.Enqueue(error);
    }

    public IPage Page { get; }

    public ConcurrentQueue<string> Complaints { get; } = [];

    /// <summary>The session, to hand on to a page that was prepared before.</summary>
    public async Task<IEnumerable<Cookie>> CookiesAsync() =>
        (await Page.Context.CookiesAsync()).Select(c => new Cookie { Name = c.Name, Value = c.Value, Domain = c.Domain, Path = c.Path, HttpOnly = true, SameSite = SameSiteAttribute.Strict });
}
