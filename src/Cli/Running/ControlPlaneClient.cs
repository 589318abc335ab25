using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamClips.Cli.Events;

namespace StreamClips.Cli.Running;

/// <summary>The few calls to the control plane's API that <c>demo</c> and <c>up</c> make, signed in as the admin.</summary>
public sealed class ControlPlaneClient(Uri address, string password) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http = new(new SocketsHttpHandler { CookieContainer = new CookieContainer(), UseProxy = false, ConnectTimeout = Deadline })
    {
        BaseAddress = address,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private long? _lastEvent;

    /// <summary>Signs in.</summary>
    /// <exception cref="CommandException">The password is not the admin's.</exception>
    /// <exception cref="HttpRequestException">The control plane cannot be reached.</exception>
    public async Task SignInAsync(CancellationToken stop)
    {
        using var response = await SendAsync(HttpMethod.Post, "/auth/login", new { username = "admin", password }, stop);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            throw new CommandException("the admin's password in the data directory (secrets/admin-password) is not the one in the database. Put the right one there.");
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Adds a streamer, or leaves the one of that name as it is.</summary>
    public async Task AddStreamerAsync(object streamer, CancellationToken stop)
    {
        using var response = await SendAsync(HttpMethod.Post, "/streamers", streamer, stop);
        if (response.StatusCode == HttpStatusCode.Conflict) return;
        if (!response.IsSuccessStatusCode)
            throw new CommandException($"the control plane refused a channel: {await response.Content.ReadAsStringAsync(stop)}");
    }

    /// <summary>Makes a join token for one node, to be used once and soon.</summary>
    public async Task<string> AddJoinTokenAsync(string node, CancellationToken stop)
    {
        using var response = await SendAsync(HttpMethod.Post, "/tokens/join", new { node, uses = 1 }, stop);
        var answer = await response.Content.ReadAsStringAsync(stop);
        if (!response.IsSuccessStatusCode) throw new CommandException($"the control plane made no join token: {answer}");
        return JsonNode.Parse(answer)!["token"]!.ToString();
    }

    /// <summary>
    /// The control plane's events as they happen, from now on, and after a break from where it broke. Ends when the
    /// connection does.
    /// </summary>
    public async IAsyncEnumerable<PlatformEvent> FollowAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (_lastEvent is { } last) request.Headers.Add("Last-Event-ID", $"{last}");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        if (response.StatusCode == HttpStatusCode.Unauthorized) await SignInAsync(stop);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        await foreach (var item in System.Net.ServerSentEvents.SseParser.Create(stream).EnumerateAsync(stop))
        {
            if (long.TryParse(item.EventId, out var id)) _lastEvent = id;
            if (PlatformEvent.TryParse(item.EventType, item.Data) is { } parsed) yield return parsed;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object body, CancellationToken stop)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(Deadline);
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Origin", address.GetLeftPart(UriPartial.Authority));
        try
        {
            return await _http.SendAsync(request, deadline.Token);
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new HttpRequestException($"no answer from {address} within {Deadline.TotalSeconds:0} s", e);
        }
    }
}
