using System.Text;
using System.Text.Json;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.YouTube;

/// <summary>Asks YouTube as a web player without an account does.</summary>
internal sealed class YouTubeApi(string channel, PlatformTools tools)
{
    // "None of the cookies": the answer to the question for consent, which pages ask in some countries.
    private const string NoConsent = "SOCS=CAI";

    /// <summary>Whether the channel is one video, which never sends again when it is over.</summary>
    public bool IsVideo { get; } = YouTubePage.IsVideoId(channel);

    /// <summary>Its page.</summary>
    public Uri Address { get; } = new(tools.Endpoints[YouTubePlatform.Site], YouTubePage.IsVideoId(channel) ? $"/watch?v={channel}" : $"/{channel}/live");

    /// <summary>Loads the page of what the channel sends just now.</summary>
    public async Task<(YouTubePage? Page, Resolution.NotOnline? Failure)> PageAsync(CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address);
        request.Headers.Add("Cookie", NoConsent);
        request.Headers.AcceptLanguage.ParseAdd("en");
        var answer = await StreamHttp.SendAsync(tools.Http, request, YouTubePage.MaxBytes, tools.Clock, ct);
        var name = PlaylistText.ForLogs(Address);
        if (answer.Status == 404) return (null, new Resolution.Wrong($"there is no channel '{channel}' on YouTube: check the address"));
        if (answer.Status is 403 or 429) return (null, new Resolution.Refused($"{name} {answer.Describe()}"));
        if (!answer.Ok) return (null, new Resolution.Unreachable($"{name} {answer.Describe()}"));
        var page = YouTubePage.Parse(answer.Body);
        return page.Value is null ? (null, new Resolution.Refused($"{name} cannot be used: {page.Fault}")) : (page.Value, null);
    }

    /// <summary>Asks the inner API.</summary>
    /// <param name="page">What is asked from.</param>
    /// <param name="path">As <c>player</c>.</param>
    /// <param name="client">The client that asks: its name and version.</param>
    /// <param name="field">The field that the question is in.</param>
    /// <param name="value">The question.</param>
    /// <param name="maxBytes">The largest answer.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<HttpAnswer> AskAsync(YouTubePage page, string path, (string Name, string Version) client, string field, string value, int maxBytes, CancellationToken ct)
    {
        var address = new Uri(tools.Endpoints[YouTubePlatform.Site], $"/youtubei/v1/{path}?key={Uri.EscapeDataString(page.ApiKey)}&prettyPrint=false");
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(Question(client, field, value)) };
        request.Content.Headers.ContentType = new("application/json");
        return await StreamHttp.SendAsync(tools.Http, request, maxBytes, tools.Clock, ct);
    }

    /// <summary>What the API says is wrong, as <c>: Request contains an invalid argument.</c>; empty where it says nothing.</summary>
    public static string Complaint(byte[]? body)
    {
        try
        {
            using var document = JsonDocument.Parse(body ?? []);
            return document.RootElement.Text("error", "message") is { Length: > 0 } message ? $": {PlaylistText.Quote(message)}" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    private static byte[] Question((string Name, string Version) client, string field, string value)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartObject("context");
            json.WriteStartObject("client");
            json.WriteString("clientName", client.Name);
            json.WriteString("clientVersion", client.Version);
            json.WriteString("hl", "en");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteString(field, value);
            if (field == "videoId")
            {
                json.WriteBoolean("contentCheckOk", true);
                json.WriteBoolean("racyCheckOk", true);
            }

            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
