using System.ComponentModel;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Chat;
using StreamClips.LiveSite.Control;
using StreamClips.LiveSite.Faults;
using StreamClips.LiveSite.Kick;
using StreamClips.LiveSite.Playlists;
using StreamClips.LiveSite.Twitch;
using StreamClips.LiveSite.Video;
using StreamClips.LiveSite.YouTube;
using StreamClips.Shared.Hosting;

namespace StreamClips.LiveSite;

/// <summary>Where the started site can be reached; printed as one line of JSON.</summary>
/// <param name="Ready">Always true.</param>
/// <param name="Url">The site; a channel as plain HLS is at <c>{url}/hls/{name}/master.m3u8</c>.</param>
/// <param name="Gql">For TWITCH_GQL_URL.</param>
/// <param name="Usher">For TWITCH_USHER_URL.</param>
/// <param name="ChatWs">For TWITCH_CHAT_URL, over WebSocket.</param>
/// <param name="ChatIrc">For TWITCH_CHAT_URL, over TCP.</param>
/// <param name="Control">The control endpoint.</param>
/// <param name="Environment">The environment variables that lead a worker here.</param>
/// <param name="Channels">The channels' names.</param>
public sealed record LiveSiteAddresses(
    bool Ready, string Url, string Gql, string Usher, string ChatWs, string ChatIrc, string Control, IReadOnlyDictionary<string, string> Environment, IReadOnlyList<string> Channels)
{
    /// <summary>How the addresses are written.</summary>
    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}

/// <summary>The site put together.</summary>
public sealed class LiveSiteApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly LiveSiteOptions _options;
    private readonly ListenOptions[] _listeners;

    private LiveSiteApp(WebApplication app, LiveSiteOptions options, ListenOptions[] listeners)
    {
        _app = app;
        _options = options;
        _listeners = listeners;
    }

    /// <summary>Puts the site together; nothing runs yet.</summary>
    /// <param name="options">The options.</param>
    /// <param name="time">The clock of pictures, playlists and chat.</param>
    public static LiveSiteApp Build(LiveSiteOptions options, TimeProvider time)
    {
        var listening = new ListenOptions[2];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => (listening[0] = listen).Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, options.IrcPort, listen => (listening[1] = listen).UseConnectionHandler<ChatServer>());
        });
        AddServices(builder.Services, options, time);
        var site = builder.Build();
        site.UsePathBase(Responder.MovedBase);
        site.UseRouting();
        site.UseWebSockets();
        site.MapGql();
        site.MapHelix();
        site.MapUsher();
        site.MapSegments();
        site.MapKickApi();
        site.MapYouTubePages();
        site.MapYouTubePlayer();
        site.MapYouTubeChat();
        site.MapControl();
        site.MapYouTubeControl();
        site.Map("/app/{key}", (HttpContext context, string key, KickChat chat) => chat.ServeAsync(context, key));
        site.Map("/", (HttpContext context, ChatServer chat) => chat.ServeWebSocketAsync(context));
        return new LiveSiteApp(site, options, listening);
    }

    /// <summary>Starts the site and waits until it answers.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The addresses, or null and the reason.</returns>
    public async Task<(LiveSiteAddresses? Addresses, string? Failure)> StartAsync(CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(_options.Data);
            CheckEncoder(_options.Ffmpeg);
            if (Sources.Fault is { } fault) return (null, fault);
            await _app.StartAsync(cancellation);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return (null, $"The site cannot start: {fault.Message}");
        }
        var web = $"127.0.0.1:{_listeners[0].IPEndPoint!.Port}";
        var environment = new SortedDictionary<string, string>
        {
            ["TWITCH_GQL_URL"] = $"http://{web}/gql",
            ["TWITCH_HELIX_URL"] = $"http://{web}/helix",
            ["TWITCH_AUTH_URL"] = $"http://{web}/oauth2",
            ["TWITCH_USHER_URL"] = $"http://{web}",
            ["TWITCH_CHAT_URL"] = $"ws://{web}",
            ["YOUTUBE_URL"] = $"http://{web}",
            ["KICK_API_URL"] = $"http://{web}",
            ["KICK_CHAT_URL"] = $"ws://{web}/app/{KickNames.AppKey}?protocol=7&client=js&version=8.4.0-rc2&flash=false",
        };
        return (new LiveSiteAddresses(true, $"http://{web}", $"http://{web}/gql", $"http://{web}", $"ws://{web}",
            $"irc://127.0.0.1:{_listeners[1].IPEndPoint!.Port}", $"http://{web}/control", environment, _options.Channels), null);
    }

    /// <summary>Waits until the site is told to stop (SIGTERM, SIGINT).</summary>
    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    /// <summary>Stops the site; its encoders are gone afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private ChatSources Sources => _app.Services.GetRequiredService<ChatSources>();

    private static void AddServices(IServiceCollection services, LiveSiteOptions options, TimeProvider time)
    {
        services.AddSingleton(options).AddSingleton(time);
        services.AddSingleton(s => new ChannelDirectory([.. options.Channels.Select((name, i) => new Channel(name, i, options, time))]));
        services.AddSingleton<Traffic>().AddSingleton<Responder>().AddSingleton<PlaybackTokens>().AddSingleton<HelixState>();
        services.AddSingleton<YouTubeStates>().AddSingleton<Continuations>();
        services.AddSingleton<ChatSources>().AddSingleton<ChatRooms>().AddSingleton<ChatServer>().AddSingleton<KickChat>();
        services.AddHostedService<BroadcastService>().AddHostedService<ChatFeed>().AddHostedService<AutoSurge>().AddHostedService<StopWithParent>();
    }

    // Better one clear message at the start than a warning a second later from every channel.
    private static void CheckEncoder(string ffmpeg)
    {
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (ffmpeg.Contains('/', StringComparison.Ordinal) ? File.Exists(ffmpeg) : directories.Any(d => File.Exists(Path.Combine(d, ffmpeg)))) return;
        throw new FileNotFoundException($"{ffmpeg} is not installed; install the package ffmpeg, or name the program with --ffmpeg.");
    }
}
