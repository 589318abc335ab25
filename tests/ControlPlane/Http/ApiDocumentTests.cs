using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Tests.Accounts;

namespace StreamClips.ControlPlane.Tests.Http;

/// <summary>Walks every route: each of the API is described, whole, and nothing else is.</summary>
public sealed class ApiDocumentTests
{
    private readonly List<(string Key, JsonNode Operation)> _operations = [];
    private TestControlPlane _control = null!;
    private JsonNode _document = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _control = await TestControlPlane.StartAsync();
        _document = await _control.GetAsync("/openapi/v1.json");
        foreach (var (path, item) in _document["paths"]!.AsObject())
            _operations.AddRange(item!.AsObject().Select(o => ($"{o.Key.ToUpperInvariant()} {path.Replace("{streamerId}", "{id}", StringComparison.Ordinal).Replace("{processId}", "{id}", StringComparison.Ordinal)}", o.Value!)));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _control.DisposeAsync();

    [Test]
    public void Every_route_of_the_API_is_described_and_nothing_else()
    {
        var routes = RouteAccessTests.Routes(_control).Select(r => r.Key).Where(k => k != "GET /" && !k.Split(' ')[1].StartsWith("/app", StringComparison.Ordinal));

        Assert.That(_operations.Select(o => o.Key), Is.EquivalentTo(routes), "a route of the API wants .Doc(…): see ARCHITECTURE.md, Adding a route");
    }

    [Test]
    public void Every_route_says_what_it_does_and_how_it_answers_with_an_example()
    {
        var wanting = new List<string>();
        foreach (var (key, operation) in _operations)
        {
            var head = key.StartsWith("HEAD ", StringComparison.Ordinal);
            if (operation["summary"]?.ToString() is not { Length: > 5 }) wanting.Add($"{key}: no summary");
            if (operation["operationId"]?.ToString() is not { Length: > 2 }) wanting.Add($"{key}: no operationId");
            if (operation["requestBody"] is { } body) AddWanting($"{key}: its body", body["content"], wanting);
            var answers = operation["responses"]!.AsObject();
            if (!answers.Any(a => a.Key[0] == '2')) wanting.Add($"{key}: no answer that is none of refusal");
            if (!answers.Any(a => a.Key[0] is '4' or '5')) wanting.Add($"{key}: no refusal");
            foreach (var (status, answer) in answers)
            {
                if (answer!["description"]?.ToString() is not { Length: > 5 }) wanting.Add($"{key}: {status} has no description");
                if (!head) AddWanting($"{key}: {status}", answer["content"], wanting);
            }

            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                if (parameter!["description"] is null || parameter["example"] is null || parameter["schema"] is null) wanting.Add($"{key}: parameter {parameter["name"]} says too little");
        }

        Assert.That(wanting, Is.Empty);
    }

    [Test]
    public void Every_operation_has_an_id_of_its_own_and_every_reference_leads_somewhere()
    {
        Assert.That(_operations.Select(o => o.Operation["operationId"]!.ToString()), Is.Unique);
        foreach (var reference in References(_document))
        {
            var at = reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode?)_document, (node, name) => node?[name.Replace("~1", "/", StringComparison.Ordinal)]);
            Assert.That(at, Is.Not.Null, reference);
        }
    }

    [Test]
    public void Every_change_of_a_thing_takes_the_version_that_was_seen_and_every_such_thing_is_read_with_it()
    {
        // One's own password is changed by who knows it: the old one is the condition.
        var changes = _operations.Where(o => o.Key.Split(' ')[0] is "PUT" or "PATCH" or "DELETE" && o.Key != "PUT /users/me/password").ToList();
        Assert.That(changes.Where(o => !Takes(o.Operation, "If-Match") || o.Operation["responses"]!["412"] is null).Select(o => o.Key), Is.Empty);
        var read = _operations.Where(o => o.Key.StartsWith("GET ", StringComparison.Ordinal) && Takes(o.Operation, "If-None-Match")).Select(o => o.Key[4..]).ToList();
        Assert.That(changes.Select(o => o.Key.Split(' ')[1].Replace("/password", "", StringComparison.Ordinal)).Except(read), Is.Empty);

        static bool Takes(JsonNode operation, string header) => operation["parameters"]?.AsArray().Any(p => p!["name"]!.ToString() == header) == true;
    }

    [Test]
    public void A_route_says_who_may_use_it_and_the_open_ones_that_anybody_may()
    {
        var open = _operations.Where(o => o.Operation["security"] is JsonArray { Count: 0 }).Select(o => o.Key);

        Assert.That(open, Is.EquivalentTo((string[])["GET /health/live", "GET /health/ready", "GET /openapi/v1.json", "POST /auth/login", "GET /install", "GET /install/agent.tar.gz"]));
        Assert.That(_operations.First(o => o.Key == "POST /users").Operation["description"]!.ToString(), Does.Contain("Needs the role admin, signed in: a token may not."));
        Assert.That(_document["components"]!["securitySchemes"]!.AsObject().Select(s => s.Key), Is.EquivalentTo((string[])["token", "session"]));
    }

    /// <summary>Bytes and streams have no example.</summary>
    private static void AddWanting(string what, JsonNode? content, List<string> wanting)
    {
        foreach (var (type, media) in content?.AsObject() ?? [])
            if (media!["example"] is null && (type.Contains("json", StringComparison.Ordinal) || type is "text/csv" or "text/x-shellscript")) wanting.Add($"{what} has no example as {type}");
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject named => named.SelectMany(m => m.Key == "$ref" ? [m.Value!.ToString()] : References(m.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
