using System.Net;
using System.Net.Sockets;
using System.Text;
using StreamClips.Cli.Api;

namespace StreamClips.Cli.Tests.Api;

/// <summary>What answers may be anything: the command ends in time, with a word on it, and shows the terminal nothing that speaks to it.</summary>
[TestFixture]
internal sealed class HostileServerTests
{
    private const string Json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";

    private static IEnumerable<TestCaseData> Answers()
    {
        yield return new TestCaseData(Json + "<html>hello", "is no control plane").SetArgDisplayNames("not JSON");
        yield return new TestCaseData(Json + "{\"items\":", "is no control plane").SetArgDisplayNames("half of it");
        yield return new TestCaseData(Json + new string('[', 5000), "is no control plane").SetArgDisplayNames("deep");
        yield return new TestCaseData(Json + "{\"items\":7}", "is no control plane, or of another version").SetArgDisplayNames("another shape");
        yield return new TestCaseData(Json + "[1]", "is no control plane, or of another version").SetArgDisplayNames("a list");
        yield return new TestCaseData("SSH-2.0-OpenSSH\r\n\r\n", "is no control plane").SetArgDisplayNames("another protocol");
        yield return new TestCaseData("", "is no control plane").SetArgDisplayNames("nothing");
        yield return new TestCaseData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx", "said more than 16.0 MiB at once").SetArgDisplayNames("as much as it says");
        yield return new TestCaseData(Json + "{\"items\":[\"" + new string('x', 17 << 20), "said more than 16.0 MiB at once").SetArgDisplayNames("a great deal");
        yield return new TestCaseData("HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n", "sends you elsewhere, to https://evil.example/").SetArgDisplayNames("elsewhere");
        yield return new TestCaseData("HTTP/1.1 500 No\r\nConnection: close\r\n\r\n<h1>oops", "answered 500 without saying why").SetArgDisplayNames("no reason");
        yield return new TestCaseData("HTTP/1.1 400 No\r\nConnection: close\r\n\r\n{\"title\":\"bad\\u001b[2J\",\"errors\":{\"a\":[\"a is 1\\u0007\"],\"b\":[\"b is 2\",3],\"c\":7}}", "bad\ufffd[2J\n  a is 1\ufffd\n  b is 2\n  3").SetArgDisplayNames("with escapes");
        yield return new TestCaseData("HTTP/1.1 503 No\r\nRetry-After: 7\r\nConnection: close\r\n\r\n{\"title\":\"the database is away\"}", "the database is away\n  try again in 7 s").SetArgDisplayNames("later");
    }

    [TestCaseSource(nameof(Answers))]
    public async Task Whatever_answers_is_told_in_words(string answer, string message)
    {
        await using var server = new AnyServer(answer);
        using var api = new ApiClient(server.Address, "sct_x");
        var refusal = Assert.ThrowsAsync<ApiException>(() => api.ListAsync("/streamers", CancellationToken.None))!;
        Assert.That(refusal.Message, Does.Contain(message));
    }

    [Test]
    public async Task A_server_that_says_nothing_is_given_up()
    {
        await using var server = new AnyServer(answer: null);
        using var api = new ApiClient(server.Address, "sct_x", TimeSpan.FromSeconds(0.5));
        Assert.That(() => api.GetAsync("/streamers", CancellationToken.None), Throws.InstanceOf<ApiException>().With.Message.Contains("did not answer within"));
    }

    [Test]
    public async Task A_list_that_leads_to_itself_ends()
    {
        await using var server = new AnyServer(Json + "{\"items\":[{}],\"next\":\"again\"}");
        using var api = new ApiClient(server.Address, "sct_x");
        Assert.That((await api.ListAsync("/streamers", CancellationToken.None)), Has.Count.EqualTo(2));
    }

    [Test]
    public void An_address_that_would_show_secrets_to_the_network_is_refused() =>
        Assert.That(() => ApiClient.Of(new("http://clips.example", "sct_x", "")), Throws.InstanceOf<CommandException>().With.Message.Contains("would show your password"));

    /// <summary>Answers every connection with this text once it was asked something; null: never.</summary>
    private sealed class AnyServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _ends = new();
        private readonly Task _work;

        public AnyServer(string? answer)
        {
            _listener.Start();
            _work = AnswerAsync(answer);
        }

        public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

        public async ValueTask DisposeAsync()
        {
            await _ends.CancelAsync();
            _listener.Stop();
            await _work;
            _ends.Dispose();
        }

        private async Task AnswerAsync(string? answer)
        {
            var open = new List<TcpClient>();
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptTcpClientAsync(_ends.Token);
                    open.Add(client);
                    if (answer is null) continue;
                    _ = await client.GetStream().ReadAsync(new byte[8192], _ends.Token);
                    await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(answer), _ends.Token);
                    client.Client.Shutdown(SocketShutdown.Send);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
            {
                // The test is over, or the command hung up.
            }
            finally
            {
                foreach (var client in open) client.Dispose();
            }
        }
    }
}
