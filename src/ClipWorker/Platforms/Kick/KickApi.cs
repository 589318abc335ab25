using System.Text;
using System.Text.Json;
using StreamClips.ClipWorker.Chat.Kick;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.Kick;

/// <summary>Asks Kick's API, as its own pages do.</summary>
/// <param name="slug">The channel.</param>
/// <param name="tools">What it works with.</param>
internal sealed class KickApi(string slug, PlatformTools tools)
{
    private const int MaxAnswerBytes = 512 << 10;

    // The API answers browsers; what names itself otherwise is refused at once.
    private const string UserAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
    private const int MaxDepth = 32;

    /// <summary>Asks for the livestream.</summary>
    /// <returns>Its <c>data</c>, null while the channel is offline; or why it is not known.</returns>
    public async Task<(JsonElement? Livestream, Resolution.NotOnline? Failure)> LivestreamAsync(CancellationToken ct)
    {
        var (answer, failure) = await AskAsync("/livestream", ct);
        if (failure is not null) return (null, failure);
        if (answer.At("data") is not { } data) return (null, new Resolution.Unreachable($"{Host} gave an answer without data"));
        return (data.ValueKind == JsonValueKind.Object ? data : null, null);
    }

    /// <summary>Asks for the numbers by which the chat knows the channel.</summary>
    public async Task<(KickRoom? Room, string? Fault)> FindRoomAsync(CancellationToken ct)
    {
        var (answer, failure) = await AskAsync("", ct);
        if (failure is not null) return (null, failure.Reason);
        return answer.Number("id") is > 0 and var channel && answer.Number("chatroom", "id") is > 0 and var room
            ? (new(room, channel), null)
            : (null, $"{Host} does not tell the chatroom of '{slug}'");
    }

    private string Host => PlaylistText.ForLogs(tools.Endpoints[KickPlatform.Api]);

    private async Task<(JsonElement Answer, Resolution.NotOnline? Failure)> AskAsync(string what, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{tools.Endpoints[KickPlatform.Api].AbsoluteUri.TrimEnd('/')}/api/v2/channels/{slug}{what}"));
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.Add("Accept", "application/json");
        request.Headers.Add("Accept-Language", "en-US");
        request.Headers.Referrer = new Uri($"https://kick.com/{slug}");
        var answer = await StreamHttp.SendAsync(tools.Http, request, MaxAnswerBytes, tools.Clock, ct);
        if (answer.Status == 404) return (default, new Resolution.Wrong($"the channel '{slug}' does not exist on Kick: check the name"));
        if (answer.Status is 401 or 403) return (default, new Resolution.Refused($"{Host} answers {answer.Status}: it checks for robots and took this worker for one"));
        if (!answer.Ok) return (default, new Resolution.Unreachable($"{Host} {answer.Describe()}"));
        if (JsonPath.Read(answer.Body, MaxDepth) is { ValueKind: JsonValueKind.Object } json) return (json, null);
        var first = Encoding.UTF8.GetString(answer.Body!).Split('\n')[0].Trim();
        return (default, new Resolution.Unreachable($"{Host} gave no JSON object: its answer begins with {PlaylistText.Quote(first)}"));
    }
}
