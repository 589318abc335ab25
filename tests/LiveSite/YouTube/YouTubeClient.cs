using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace StreamClips.LiveSite.Tests.YouTube;

/// <summary>Speaks to the simulated YouTube as a careful client does.</summary>
internal static class YouTubeClient
{
    public const string Key = "AIzaSySIMULATED0LiveSite0Key0ForTests00";
    public const string Context = """{"client":{"clientName":"WEB","clientVersion":"2.20260101"}}""";

    public static async Task<(HttpStatusCode Status, string Text)> PageAsync(string path, bool cookie = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (cookie) request.Headers.Add("Cookie", "SOCS=CAI");
        using var response = await LiveSiteFixture.Http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Posts; the answer's body, and its Date.</summary>
    public static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string path, string body, string? key = Key)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await LiveSiteFixture.Http.PostAsync(new Uri($"/youtubei/v1/{path}{(key is null ? "" : $"?key={key}")}", UriKind.Relative), content);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    public static Task<(HttpStatusCode Status, JsonElement Body)> ChatAsync(string continuation) =>
        PostAsync("live_chat/get_live_chat", $$"""{"context":{{Context}},"continuation":"{{continuation}}"}""");

    public static Task<(HttpStatusCode Status, JsonElement Body)> PlayerAsync(string video) =>
        PostAsync("player", $$"""{"context":{{Context}},"videoId":"{{video}}"}""");

    /// <summary>The video on a page and its first continuations: top chat, all chat.</summary>
    public static async Task<(string Video, string[] Continuations)> LivePageAsync(string channel)
    {
        var (_, page) = await PageAsync($"/@{channel}/live");
        var video = Regex.Match(page, "watch\\?v=([\\w-]{11})\"").Groups[1].Value;
        var items = Regex.Match(page, "subMenuItems.*").Value;
        return (video, [.. Regex.Matches(items, "\"continuation\":\"([^\"]+)\"").Select(m => m.Groups[1].Value)]);
    }

    public static JsonElement Live(JsonElement answer) => answer.GetProperty("continuationContents").GetProperty("liveChatContinuation");

    public static IEnumerable<JsonElement> Actions(JsonElement answer) =>
        Live(answer).TryGetProperty("actions", out var actions) ? actions.EnumerateArray() : [];

    public static string Next(JsonElement answer) =>
        Live(answer).GetProperty("continuations")[0].GetProperty("invalidationContinuationData").GetProperty("continuation").GetString()!;

    /// <summary>Id and time of every message that was said.</summary>
    public static IEnumerable<(string Id, long Usec)> Said(JsonElement answer) =>
        from action in Actions(answer)
        where action.TryGetProperty("addChatItemAction", out _)
        let item = action.GetProperty("addChatItemAction").GetProperty("item").EnumerateObject().Single()
        where item.Name is "liveChatTextMessageRenderer" or "liveChatPaidMessageRenderer"
        select (item.Value.GetProperty("id").GetString()!, long.Parse(item.Value.GetProperty("timestampUsec").GetString()!));
}
