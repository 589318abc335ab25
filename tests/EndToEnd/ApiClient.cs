using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace StreamClips.EndToEnd.Tests;

/// <summary>The control plane's API, signed in as the admin.</summary>
internal sealed class ApiClient : IDisposable
{
    private ApiClient(Uri address) => Http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>The client, for what has no method here.</summary>
    public HttpClient Http { get; }

    public static async Task<ApiClient> SignInAsync(Uri address, string password)
    {
        var client = new ApiClient(address);
        using var response = await client.Http.PostAsJsonAsync("/auth/login", new { username = "admin", password });

        // The database is away for a moment: nothing is wrong with the account, and who expects that asks again.
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable) response.EnsureSuccessStatusCode();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        return client;
    }

    /// <summary>The items of the first page of a list.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(string path)
    {
        var page = JsonNode.Parse(await Http.GetStringAsync(path))!;
        return [.. page["items"]!.AsArray().Select(i => i!.AsObject())];
    }

    /// <summary>The items of all pages of a list.</summary>
    /// <param name="path">The list, with a query that says how long a page is.</param>
    public async Task<IReadOnlyList<JsonObject>> AllAsync(string path)
    {
        var items = new List<JsonObject>();
        string? next = "";
        while (next is not null)
        {
            var page = JsonNode.Parse(await Http.GetStringAsync(next.Length > 0 ? $"{path}&cursor={next}" : path))!;
            items.AddRange(page["items"]!.AsArray().Select(i => i!.AsObject()));
            next = page["next"]?.ToString();
        }

        return items;
    }

    /// <summary>The newest process of a streamer; null where it has none. Null too while the control plane is away.</summary>
    public async Task<JsonObject?> ProcessAsync(string streamer)
    {
        try
        {
            return (await ListAsync("/stream-clips")).FirstOrDefault(p => p["streamer"]!.ToString() == streamer);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Adds a streamer.</summary>
    public async Task<JsonObject> AddStreamerAsync(object streamer)
    {
        using var response = await Http.PostAsJsonAsync("/streamers", streamer);
        var body = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created), body);
        return JsonNode.Parse(body)!.AsObject();
    }

    public void Dispose() => Http.Dispose();
}

/// <summary>The simulated platform's control endpoint.</summary>
internal sealed class SiteControl(Uri address) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>The platform's address without a path.</summary>
    public Uri Root { get; } = new(address.GetLeftPart(UriPartial.Authority));

    /// <summary>Makes a moment now.</summary>
    /// <returns>When it happens in the picture.</returns>
    public async Task<DateTimeOffset> SurgeAsync(string channel, double multiplier = 12, double duration = 25)
    {
        using var response = await _http.PostAsJsonAsync($"{address}/channels/{channel}/surge", new { multiplier, duration });
        response.EnsureSuccessStatusCode();
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return DateTimeOffset.FromUnixTimeMilliseconds(body["moment_ms"]!.GetValue<long>());
    }

    /// <summary>Posts to a path below a channel.</summary>
    public async Task PostAsync(string channel, string what, object body)
    {
        using var response = await _http.PostAsJsonAsync($"{address}/channels/{channel}/{what}", body);
        response.EnsureSuccessStatusCode();
    }

    public void Dispose() => _http.Dispose();
}
