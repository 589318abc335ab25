using System.Text.Encodings.Web;
using System.Text.Json;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;

namespace StreamClips.LiveSite.YouTube;

/// <summary>The pages that a browser gets: a video's, and a channel's live page, which is the page of what it sends just now.</summary>
public static class YouTubePages
{
    private const string ConsentCookie = "SOCS";

    // As the real page: < and > in the data are escaped, everything else is not.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Maps the paths.</summary>
    /// <param name="app">The site.</param>
    public static void MapYouTubePages(this IEndpointRouteBuilder app)
    {
        app.MapGet("/watch", SendVideoAsync);
        app.MapGet("/live/{video}", SendVideoAsync);
        app.MapGet("/channel/{id}/live", (HttpContext context, string id, ChannelDirectory channels) =>
            SendChannelAsync(context, channels.All.FirstOrDefault(c => YouTubeNames.ChannelId(c.Name) == id)));
        app.MapGet("/@{handle}/live", (HttpContext context, string handle, ChannelDirectory channels) =>
            SendChannelAsync(context, channels.Find(handle.ToLowerInvariant())));
    }

    private static Task SendVideoAsync(HttpContext context, ChannelDirectory channels)
    {
        var id = context.Request.RouteValues["video"] as string ?? context.Request.Query["v"].ToString();
        return YouTubeNames.Find(channels, id) is var (channel, broadcast)
            ? SendAsync(context, channel, VideoPage(context, channel, broadcast))
            : SendAsync(context, null, Page("Video unavailable", "", new { contents = new { } }));
    }

    private static Task SendChannelAsync(HttpContext context, Channel? channel)
    {
        if (channel is null) return SendAsync(context, null, "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body>This page isn't available.</body></html>", 404);
        if (channel.Live is { } live) return SendAsync(context, channel, VideoPage(context, channel, live));
        var canonical = $"<link rel=\"canonical\" href=\"https://www.youtube.com/channel/{YouTubeNames.ChannelId(channel.Name)}\">";
        return SendAsync(context, channel, Page(channel.Name, canonical, new { contents = new { twoColumnBrowseResultsRenderer = new { tabs = Array.Empty<object>() } } }));
    }

    private static Task SendAsync(HttpContext context, Channel? channel, string page, int status = 200)
    {
        var services = context.RequestServices;
        var consent = channel is null ? "never" : services.GetRequiredService<YouTubeStates>().Of(channel.Name).Consent;
        if (consent == "always" || (consent == "without_cookie" && !context.Request.Cookies.ContainsKey(ConsentCookie))) page = ConsentPage;
        return services.GetRequiredService<Responder>().SendAsync(context, channel, FaultTarget.YouTube, status, "text/html; charset=utf-8", page);
    }

    private static string VideoPage(HttpContext context, Channel channel, Broadcast broadcast)
    {
        var services = context.RequestServices;
        var video = YouTubeNames.VideoId(channel.Name, broadcast.Id);
        var canonical = $"<link rel=\"canonical\" href=\"https://www.youtube.com/watch?v={video}\">";
        var over = broadcast.Playlist.State().Ended;
        var bar = ConversationBar(services.GetRequiredService<YouTubeStates>().Of(channel.Name), over, kind =>
            services.GetRequiredService<Continuations>().First(channel, broadcast, kind));
        return Page($"{channel.Name} live from the simulator", canonical, new
        {
            // A chat line in the page that ends a careless search: the data must be read as JSON.
            responseContext = new { mainAppWebResponseContext = new { loggedOut = true }, note = "};</script> ytInitialData = {\"x\": \"\\\"}\"}" },
            contents = new { twoColumnWatchNextResults = new { results = new { }, conversationBar = bar } },
            currentVideoEndpoint = new { watchEndpoint = new { videoId = video } },
        });
    }

    private static object ConversationBar(YouTubeState state, bool over, Func<string, string> continuation)
    {
        if (state.Chat == "disabled" || over)
        {
            var text = over ? "Chat replay is not available for this video." : "Chat is disabled for this live stream.";
            return new { conversationBarRenderer = new { availabilityMessage = new { messageRenderer = new { text = new { runs = new[] { new { text } } } } } } };
        }
        object Reload(string kind) => new { reloadContinuationData = new { continuation = continuation(kind) } };
        object Item(string title, string kind, bool selected) => new { title, selected, continuation = Reload(kind), accessibility = new { } };
        var items = new[] { Item("Top chat", "top", selected: true), Item("Live chat", "all", selected: false) };
        var header = new { liveChatHeaderRenderer = new { viewSelector = new { sortFilterSubMenuRenderer = new { subMenuItems = items } } } };
        return new { liveChatRenderer = new { continuations = new[] { Reload("top") }, header, isReplay = false } };
    }

    private static string Page(string title, string head, object data)
    {
        var config = new
        {
            INNERTUBE_API_KEY = YouTubeNames.ApiKey, INNERTUBE_API_VERSION = "v1", INNERTUBE_CLIENT_NAME = "WEB", INNERTUBE_CLIENT_VERSION = YouTubeNames.ClientVersion,
            INNERTUBE_CONTEXT = new { client = new { hl = "en", gl = "DE", clientName = "WEB", clientVersion = YouTubeNames.ClientVersion, visitorData = "CgtTSU1VTEFURUQ%3D" } },
        };
        var initial = JsonSerializer.Serialize(data, Json).Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal);
        return $"<!DOCTYPE html><html><head><title>{title} - YouTube</title>{head}<script nonce=\"s\">(function() {{window.ytplayer={{}};\n"
            + $"ytcfg.set({JsonSerializer.Serialize(config, Json)}); }})();</script></head><body>\n"
            + $"<script nonce=\"s\">var ytInitialData = {initial};</script></body></html>\n";
    }

    private const string ConsentPage = "<!DOCTYPE html><html><head><title>Before you continue to YouTube</title></head><body>"
        + "<form action=\"https://consent.youtube.com/save\" method=\"POST\"><input type=\"hidden\" name=\"bl\" value=\"boq\"><button>Reject all</button></form></body></html>\n";
}
