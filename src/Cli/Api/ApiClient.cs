using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Api;

/// <summary>The control plane's REST API, as one user. What it refuses comes as the message that it gave.</summary>
public sealed class ApiClient : IDisposable
{
    /// <summary>Most rows on one page of a list.</summary>
    public const int PageSize = 500;

    private const int MostPages = 2000;
    private const long LongestAnswer = 16 << 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;

    /// <summary>Makes a client.</summary>
    /// <param name="server">Address of the control plane.</param>
    /// <param name="token">The API token; null: none yet.</param>
    /// <param name="deadline">How long an answer may take; null: 30 s.</param>
    public ApiClient(Uri server, string? token, TimeSpan? deadline = null)
    {
        Server = server;
        _http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), ConnectTimeout = ConnectDeadline, AllowAutoRedirect = false })
        {
            BaseAddress = server, Timeout = deadline ?? Deadline, MaxResponseContentBufferSize = LongestAnswer,
        };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Address of the control plane.</summary>
    public Uri Server { get; }

    /// <summary>A client for a context.</summary>
    public static ApiClient Of(ServerContext context) => new(ServerAddress.Check(context.Server), context.Token);

    /// <summary>Reads a document.</summary>
    /// <exception cref="ApiException">It was refused, or nobody answers.</exception>
    public Task<JsonNode> GetAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, path, null, cancellation);

    /// <summary>Sends a document: creates, or asks for something to be done.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<JsonNode> PostAsync(string path, object? body, CancellationToken cancellation, string? version = null) => SendAsync(HttpMethod.Post, path, body, cancellation, version);

    /// <summary>Replaces what is there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="body">With what.</param>
    /// <param name="version">Only this version (If-Match, RFC 9110 section 13.1.1), as <c>"3"</c>; null: whatever is there.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<JsonNode> PutAsync(string path, object body, string? version, CancellationToken cancellation) => SendAsync(HttpMethod.Put, path, body, cancellation, version);

    /// <summary>Changes some members of what is there.</summary>
    /// <inheritdoc cref="PutAsync"/>
    public Task<JsonNode> PatchAsync(string path, object body, string? version, CancellationToken cancellation) => SendAsync(HttpMethod.Patch, path, body, cancellation, version);

    /// <summary>Removes what is there.</summary>
    /// <inheritdoc cref="PutAsync"/>
    public Task<JsonNode> DeleteAsync(string path, CancellationToken cancellation, string? version = null) => SendAsync(HttpMethod.Delete, path, null, cancellation, version);

    /// <summary>The version of what was read, as a change of it names it; null: it has none, and is changed whatever it is by then.</summary>
    public static string? VersionOf(JsonNode read) => read.Text("version") is { Length: > 0 } version ? $"\"{version}\"" : null;

    /// <summary>Any request that is answered with a document or nothing.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">An <see cref="HttpContent"/>, or what is sent as JSON; null: nothing.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="version">If-Match; null: none.</param>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public async Task<JsonNode> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellation, string? version = null)
    {
        using var response = await OpenAsync(method, path, body, HttpCompletionOption.ResponseContentRead, cancellation, version);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        try
        {
            return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text) ?? new JsonObject();
        }
        catch (JsonException)
        {
            throw new ApiException($"what answers at {Server} is no control plane: check the address.", response.StatusCode);
        }
    }

    /// <summary>All items of a list, page after page.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public async Task<JsonArray> ListAsync(string path, CancellationToken cancellation) => (await ListAsync(path, most: 0, cancellation)).Items;

    /// <summary>The first items of a list, page after page.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="most">So many; 0: all.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public async Task<Listing> ListAsync(string path, int most, CancellationToken cancellation)
    {
        var all = new JsonArray();
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var size = most == 0 ? PageSize : Math.Min(PageSize, most - all.Count);
            var document = await GetAsync(Query.Of(path).With("limit", $"{size}").With("cursor", cursor).ToString(), cancellation);
            if ((document as JsonObject)?["items"] is not JsonArray items) throw new ApiException($"what answers at {Server} is no control plane, or of another version: streamclips doctor tells.", HttpStatusCode.OK);
            foreach (var item in items) all.Add(item?.DeepClone());
            var next = document.Text("next");
            // The same place again would go on for ever.
            cursor = next.Length > 0 && next != cursor ? next : null;
            if (cursor is null || (most > 0 && all.Count >= most)) break;
        }

        return new Listing(all, cursor);
    }

    /// <summary>Server-sent events as they come (WHATWG HTML, section 9.2), until the connection ends.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="lastId">Those after this one; null: from now on.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public async IAsyncEnumerable<SseItem<string>> FollowAsync(string path, string? lastId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await OpenAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseHeadersRead, cancellation, lastEventId: lastId);
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream") throw new ApiException($"what answers at {Server} is no control plane: check the address.", response.StatusCode);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellation)) yield return item;
    }

    /// <summary>
    /// The events that are kept, oldest first, up to the newest at this moment, or until none comes any more: the newest may be one that this
    /// user is not told.
    /// </summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public async IAsyncEnumerable<SseItem<string>> PastEventsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await OpenAsync(HttpMethod.Get, "/events", null, HttpCompletionOption.ResponseHeadersRead, cancellation, lastEventId: "0");
        var newest = response.Headers.TryGetValues("Newest-Event-ID", out var values) && long.TryParse(values.First(), out var told) ? told : long.MaxValue;
        if (newest == 0) yield break;
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        await using var items = SseParser.Create(stream).EnumerateAsync(silence.Token).GetAsyncEnumerator(silence.Token);
        while (await NextAsync(items, silence, cancellation))
        {
            yield return items.Current;
            if (long.TryParse(items.Current.EventId, out var id) && id >= newest) yield break;
        }
    }

    /// <summary>Sends a request, and gives an answer that is no refusal; with <see cref="HttpCompletionOption.ResponseHeadersRead"/> its body is still to be read.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">An <see cref="HttpContent"/>, or what is sent as JSON; null: nothing.</param>
    /// <param name="completion">What is waited for.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="version">If-Match; null: none.</param>
    /// <param name="lastEventId">Last-Event-ID; null: none.</param>
    /// <param name="from">Bytes from this one on, of a file; an answer that sends elsewhere for them is no refusal. Null: not of a file.</param>
    public async Task<HttpResponseMessage> OpenAsync(
        HttpMethod method, string path, object? body, HttpCompletionOption completion, CancellationToken cancellation, string? version = null, string? lastEventId = null, long? from = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body as HttpContent };
        if (body is not (null or HttpContent)) request.Content = JsonContent.Create(body);
        if (version is not null) request.Headers.TryAddWithoutValidation("If-Match", version);
        if (lastEventId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        try
        {
            var response = await _http.SendAsync(request, completion, cancellation);
            if (response.IsSuccessStatusCode || (from is not null && response.StatusCode == HttpStatusCode.Redirect)) return response;
            using (response)
            {
                var said = ApiProblem.Describe(Server, response, await ReadRefusalAsync(response, cancellation));
                if (response.StatusCode == HttpStatusCode.Unauthorized && _http.DefaultRequestHeaders.Authorization is not null) said += $"\n  sign in again: streamclips login {Server}";
                throw new ApiException(said, response.StatusCode);
            }
        }
        catch (HttpRequestException e)
        {
            throw new ApiException(Unreachable(e), status: null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ApiException($"the control plane at {Server} did not answer within {_http.Timeout.TotalSeconds:0} s: try again, or look at it with streamclips doctor.", status: null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>The next event; none where it is silent for long.</summary>
    private static async Task<bool> NextAsync(IAsyncEnumerator<SseItem<string>> items, CancellationTokenSource silence, CancellationToken cancellation)
    {
        silence.CancelAfter(Silence);
        try
        {
            return await items.MoveNextAsync();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task<string> ReadRefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await response.Content.LoadIntoBufferAsync(LongestAnswer, cancellation);
        return await response.Content.ReadAsStringAsync(cancellation);
    }

    private string Unreachable(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.ConfigurationLimitExceeded => $"what answers at {Server} said more than {Values.Size(LongestAnswer)} at once: check the address, or ask for less with --limit.",
        HttpRequestError.NameResolutionError => $"there is no host {Server.Host}: check the address.",
        HttpRequestError.SecureConnectionError => $"the connection to {Server} is not secure ({(e.InnerException is AuthenticationException inner ? inner.Message : e.Message).TrimEnd('.')}): check its certificate with streamclips doctor, or the address.",
        HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded => $"what answers at {Server} is no control plane ({e.Message.TrimEnd('.')}): check the address.",
        _ => $"the control plane at {Server} does not answer ({e.Message.TrimEnd('.')}): is it running, and is the address right?",
    };
}
