using System.Text;
using System.Text.Json;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.YouTube;

/// <summary>What a page of YouTube tells a player. Pure.</summary>
internal sealed record YouTubePage
{
    /// <summary>The largest page that is read, in bytes; real ones have one to two million.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>The key of the inner API; public, the same for everybody.</summary>
    public required string ApiKey { get; init; }

    /// <summary>The version of the web client that the page is for.</summary>
    public required string ClientVersion { get; init; }

    /// <summary>The video on the page; null: there is none, the channel sends nothing.</summary>
    public string? VideoId { get; init; }

    /// <summary>Where reading the whole chat begins; null: there is no chat to be read.</summary>
    public string? Continuation { get; init; }

    /// <summary>What the page says in place of a chat; empty where it says nothing.</summary>
    public string ChatNotice { get; init; } = "";

    /// <summary>Reads a page.</summary>
    /// <returns>The page, or what is there instead.</returns>
    public static Parsed<YouTubePage> Parse(ReadOnlyMemory<byte> page)
    {
        var text = page.Span;
        if (text.Length > MaxBytes) return Parsed<YouTubePage>.Failed($"it has {text.Length} bytes, more than a page may have ({MaxBytes})");
        var key = PageJson.Text(text, "\"INNERTUBE_API_KEY"u8, 100);
        if (key is null)
        {
            return Parsed<YouTubePage>.Failed(AsksForConsent(text)
                ? "it asks for consent to cookies first: YouTube shows this to visitors from some countries and addresses; try another address"
                : $"it is no page of YouTube as programs know them: it begins with {PlaylistText.Quote(FirstLine(text))}");
        }

        using var data = PageJson.Assigned(page, "ytInitialData"u8);
        var chat = data?.RootElement.Anywhere("liveChatRenderer");
        return new YouTubePage
        {
            ApiKey = key,
            ClientVersion = PageJson.Text(text, "\"INNERTUBE_CLIENT_VERSION"u8, 40) ?? "2.20260101.00.00",
            VideoId = Canonical(text) ?? Valid(data?.RootElement.Text("currentVideoEndpoint", "watchEndpoint", "videoId")),
            Continuation = chat is { } renderer && renderer.At("isReplay")?.ValueKind != JsonValueKind.True ? WholeChat(renderer) : null,
            ChatNotice = data?.RootElement.Anywhere("conversationBarRenderer") is { } bar ? bar.At("availabilityMessage", "messageRenderer", "text").Runs() : "",
        };
    }

    /// <summary>Whether a text has the form of a video's id: 11 letters, digits, - and _.</summary>
    public static bool IsVideoId(string? id) => id is { Length: 11 } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    // "Top chat" is the first item of the menu and leaves out what YouTube thinks dull; "Live chat" is the second one.
    private static string? WholeChat(JsonElement renderer)
    {
        var menu = renderer.Items("header", "liveChatHeaderRenderer", "viewSelector", "sortFilterSubMenuRenderer", "subMenuItems").ToList();
        var item = menu.Count > 1 ? menu[1] : menu.FirstOrDefault();
        return item.Text("continuation", "reloadContinuationData", "continuation")
            ?? renderer.Items("continuations").Select(c => c.Text("reloadContinuationData", "continuation")).FirstOrDefault(c => c is not null);
    }

    private static string? Canonical(ReadOnlySpan<byte> page)
    {
        var link = "<link rel=\"canonical\" href=\"https://www.youtube.com/watch?v="u8;
        var at = page.IndexOf(link);
        if (at < 0 || page.Length < at + link.Length + 11) return null;
        return Valid(Encoding.ASCII.GetString(page.Slice(at + link.Length, 11)));
    }

    private static string? Valid(string? id) => IsVideoId(id) ? id : null;

    private static bool AsksForConsent(ReadOnlySpan<byte> page) =>
        page.IndexOf("consent.youtube.com/"u8) >= 0 || page.IndexOf("consent.google.com/"u8) >= 0;

    private static string FirstLine(ReadOnlySpan<byte> page) => Encoding.UTF8.GetString(page[..Math.Min(page.Length, 400)]).Trim().Split('\n')[0];
}
