using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.Tests.Logs;

[Category("Slow")]
public sealed class LogFollowTests : ControlPlaneFixture
{
    private readonly Guid _process = Guid.NewGuid();
    [Test]
    public async Task Lines_that_commit_in_another_order_than_their_ids_are_all_told()
    {
        await using var reader = await FollowReader.OpenAsync(_control, "/logs/follow");
        await using var slow = new NpgsqlConnection(_control.Connection + ";Pooling=false");
        await slow.OpenAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await slow.ExecuteAsync(Insert("begins first"), transaction: transaction);
        await _control.ExecuteAsync(Insert("commits first") + "; select pg_notify('streamclips', 'logs')");

        // What is committed waits for what began before it: told now, the reader's place would be behind the other line.
        var next = reader.NextAsync();
        Assert.That(await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System)), Is.Not.SameAs(next));
        await transaction.CommitAsync();
        await _control.ExecuteAsync("select pg_notify('streamclips', 'logs')");

        Assert.That((await next)["message"]!.ToString(), Is.EqualTo("begins first"));
        Assert.That((await reader.NextAsync())["message"]!.ToString(), Is.EqualTo("commits first"));
    }

    [Test]
    public async Task A_reader_who_comes_back_is_told_what_it_missed_and_nothing_twice()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control);
        string last;
        await using (var reader = await FollowReader.OpenAsync(_control, "/logs/follow"))
        {
            await agent.JournalAsync(_process, Cursor(0), Cursor(1), Line(1), Line(2));
            Assert.That(await reader.MessagesAsync(2), Is.EqualTo((string[])["line 1", "line 2"]));
            last = reader.LineId;
        }

        await agent.JournalAsync(_process, Cursor(1), Cursor(2), Line(3), Line(4));
        await using var back = await FollowReader.OpenAsync(_control, "/logs/follow", last);
        await agent.JournalAsync(_process, Cursor(2), Cursor(3), Line(5));

        Assert.That(await back.MessagesAsync(3), Is.EqualTo((string[])["line 3", "line 4", "line 5"]));
    }

    [Test]
    public async Task What_the_filter_keeps_back_moves_the_place_too()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control);
        await using var reader = await FollowReader.OpenAsync(_control, $"/logs/follow?process={_process}&level=warning&q=LINE%203");
        await agent.JournalAsync(_process, Cursor(0), Cursor(1), [.. Enumerable.Range(0, 1999).Select(_ => Line(1)), Line(3)]);
        await agent.JournalAsync(_process, Cursor(1), Cursor(2), Line(3, "warning"), Line(2, "error"));
        await agent.JournalAsync(_process, Cursor(2), Cursor(3), Line(3, "error"));

        var (first, second) = (await reader.NextAsync(), await reader.NextAsync());

        Assert.That((first["level"]!.ToString(), second["level"]!.ToString()), Is.EqualTo(("warning", "error")));
        Assert.That(first["process_id"]!.GetValue<Guid>(), Is.EqualTo(_process));
    }

    [Test]
    public async Task The_newest_lines_come_first_and_each_line_once()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control);
        await agent.JournalAsync(_process, Cursor(0), Cursor(1), Line(1), Line(2), Line(3));

        await using var reader = await FollowReader.OpenAsync(_control, "/logs/follow?tail=2");
        await agent.JournalAsync(_process, Cursor(1), Cursor(2), Line(4));

        Assert.That(await reader.MessagesAsync(3), Is.EqualTo((string[])["line 2", "line 3", "line 4"]));
    }

    [TestCase("/logs/follow?last_event_id=7", "last_event_id")]
    [TestCase("/logs/follow?tail=1001&level=loud&cursor=x", "tail,level,cursor")]
    [TestCase("/logs?text=x&since=2026-01-02&until=2026-01-01", "text,until")]
    public async Task Faults_of_a_request_are_all_named(string path, string fields)
    {
        using var response = await _control.Http.GetAsync(path);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        var errors = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]!.AsObject();
        Assert.That(errors.Select(e => e.Key), Is.EquivalentTo(fields.Split(',')));
    }

    private static string Insert(string message) =>
        $"insert into log_line (at, process_id, node_id, level, event, message) values (now(), gen_random_uuid(), 'node-1', 1, 'test.line', '{message}')";

    private static JournalCursor Cursor(long offset) => new() { File = 1, Offset = offset };

    private static LogEntry Line(int number, string level = "info") =>
        new() { At = TimeProvider.System.GetUtcNow(), Level = level, Event = "test.line", Message = $"line {number}" };
}

/// <summary>Reads a stream of log lines.</summary>
internal sealed class FollowReader : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private FollowReader(HttpResponseMessage response, Stream stream) => (_response, _reader) = (response, new StreamReader(stream));

    /// <summary>The id of the last line.</summary>
    public string LineId { get; private set; } = "";

    public static async Task<FollowReader> OpenAsync(TestControlPlane control, string path, string? after = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (after is not null) request.Headers.Add("Last-Event-ID", after);
        var response = await control.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/event-stream"));
        return new FollowReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next line.</summary>
    public async Task<JsonNode> NextAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        var (id, kind, data) = ("", "", "");
        while (await _reader.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
            else if (line.Length == 0)
            {
                if (kind == "line")
                {
                    LineId = id;
                    return JsonNode.Parse(data)!;
                }

                kind = "";
            }
        }

        throw new InvalidOperationException("the stream ended");
    }

    public async Task<IReadOnlyList<string>> MessagesAsync(int count)
    {
        var messages = new List<string>();
        for (var i = 0; i < count; i++) messages.Add((await NextAsync())["message"]!.ToString());
        return messages;
    }

    public ValueTask DisposeAsync()
    {
        _response.Dispose();
        _reader.Dispose();
        return ValueTask.CompletedTask;
    }
}
