using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace StreamClips.ControlPlane.Tests.Clips;

/// <summary>What people say of clips, and how they find them.</summary>
[Category("Slow")]
public sealed class ClipEditTests : ControlPlaneFixture
{
    private Guid _streamer;

    [SetUp]
    public async Task PrepareAsync()
    {
        await _control.AddNodesAsync("node-1", "node-2");
        _streamer = await _control.AddStreamerAsync("alpha", active: false);
    }

    [Test]
    public async Task A_patch_changes_what_it_names_and_null_takes_back()
    {
        var clip = (await _control.SaveClipAsync(_streamer)).Id();
        var first = await _control.PatchAsync(clip, new { favourite = true, tags = (string[])["Ace ", "1V5"], note = "one\r\ntwo " });
        Assert.That((first["favourite"]!.GetValue<bool>(), first["tags"]!.ToJsonString(), first["note"]!.ToString(), first["version"]!.GetValue<long>()), Is.EqualTo((true, """["ace","1v5"]""", "one\ntwo", 2)));

        var second = await _control.PatchAsync(clip, new { tags = (string?)null });
        Assert.That((second["favourite"]!.GetValue<bool>(), second["tags"]!.AsArray().Count, second["note"]!.ToString(), second["version"]!.GetValue<long>()), Is.EqualTo((true, 0, "one\ntwo", 3)));
        Assert.That((await _control.PatchAsync(clip, new { note = (string?)null, favourite = (bool?)null }))["favourite"]!.GetValue<bool>(), Is.False);
        Assert.That((await _control.PatchAsync(clip, new { }))["version"]!.GetValue<long>(), Is.EqualTo(4), "nothing was changed");
        Assert.That(await _control.ScalarAsync<long>("select count(*) from event where kind = 'clip.changed'"), Is.EqualTo(3));
        var entry = (await _control.GetAsync($"/audit?subject=clip&subject_id={clip}"))["items"]!.AsArray()[^1]!;
        Assert.That(entry["after"]!.ToJsonString(), Does.Contain("\"note\":\"one\\ntwo\"").And.Not.Contain("words"));
    }

    [Test]
    public async Task Every_fault_of_a_patch_is_told()
    {
        var clip = (await _control.SaveClipAsync(_streamer)).Id();

        var faults = (await _control.PatchAsync(clip, new { favourite = "yes", tags = (object[])["a,b", 7], note = new string('x', 2001), colour = "red" }, status: 400))["errors"]!;

        Assert.That(faults["favourite"]![0]!.ToString(), Is.EqualTo("favourite is 'yes': give true or false"));
        Assert.That(faults["tags"]![0]!.ToString(), Is.EqualTo("tags holds 7: give texts"));
        Assert.That(faults["note"]![0]!.ToString(), Is.EqualTo("note has 2001 characters: give at most 2000"));
        Assert.That(faults["colour"]![0]!.ToString(), Does.StartWith("there is no field 'colour'"));
        Assert.That((await _control.PatchAsync(clip, new { tags = Enumerable.Range(0, 21).Select(i => $"{i}") }, status: 400))["errors"]!["tags"]![0]!.ToString(), Does.Contain("give at most 20"));
        await _control.PatchAsync(Guid.NewGuid(), new { note = "x" }, status: 404);
    }

    [Test]
    public async Task Who_saw_another_version_changes_and_deletes_nothing()
    {
        var clip = (await _control.SaveClipAsync(_streamer)).Id();
        using var seen = await _control.Http.GetAsync($"/clips/{clip}");
        var tag = seen.Headers.ETag!.Tag;
        await _control.PatchAsync(clip, new { note = "somebody was quicker" });

        Assert.That(await SendAsync(HttpMethod.Patch, tag), Is.EqualTo(HttpStatusCode.PreconditionFailed));
        Assert.That(await SendAsync(HttpMethod.Delete, tag), Is.EqualTo(HttpStatusCode.PreconditionFailed));
        Assert.That((await _control.GetAsync($"/clips/{clip}"))["note"]!.ToString(), Is.EqualTo("somebody was quicker"));
        Assert.That(await SendAsync(HttpMethod.Patch, "\"2\""), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await SendAsync(HttpMethod.Delete, "\"3\""), Is.EqualTo(HttpStatusCode.NoContent));

        async Task<HttpStatusCode> SendAsync(HttpMethod method, string ifMatch)
        {
            using var request = new HttpRequestMessage(method, $"/clips/{clip}") { Content = method == HttpMethod.Patch ? JsonContent.Create(new { note = "mine" }) : null };
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            using var response = await _control.Http.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Test]
    public async Task Clips_are_found_by_each_filter_and_by_all()
    {
        var other = await _control.AddStreamerAsync("beta", active: false);
        var ace = (await _control.SaveClipAsync(_streamer, SavedClips.Noon, change: c => c with { Score = 9, Reason = "9 times 100% of the usual" })).Id();
        var plain = (await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddHours(1), node: "node-2")).Id();
        var beta = (await _control.SaveClipAsync(other, SavedClips.Noon.AddHours(2), change: c => c with { Score = 5, Streamer = "Bêta_Rae" })).Id();
        await _control.PatchAsync(ace, new { favourite = true, tags = (string[])["clutch", "late night"], note = "Look at THIS" });

        foreach (var (query, expected) in ((string, Guid[])[])
        [
            ("", [beta, plain, ace]), ("sort=-score", [beta, ace, plain]), ("sort=started_at", [ace, plain, beta]), ("favourite=true", [ace]), ("favourite=false", [beta, plain]),
            ("tag=Late%20%20Night", [ace]), ("tag=night", []), ("node=node-2", [plain]), ("min_score=5", [beta, ace]), ($"streamer={other}", [beta]),
            ("since=2026-01-02T13:00:00Z", [beta, plain]), ("until=2026-01-02T13:00:00Z", [ace]), ("q=this", [ace]), ("q=100%25", [ace]), ("q=100_", []), ("q=clutch", [ace]), ("q=BÊTA_", [beta]),
            ("q=lpha", [plain, ace]), ("removing=true", []), ($"streamer={_streamer}&favourite=true&tag=clutch&node=node-1&min_score=8&q=look&sort=score", [ace]),
        ])
        {
            if (query.Contains("sort=-score", StringComparison.Ordinal)) await _control.ExecuteAsync("update clip set score = 9 where id = @beta", new { beta });
            var found = await _control.ListedAsync("?" + query);
            Assert.That(found, query.Contains("-score", StringComparison.Ordinal) ? Is.EquivalentTo(expected) : Is.EqualTo(expected), query);
        }

        using var wrong = await _control.Http.GetAsync("/clips?sort=size&favourite=maybe&min_score=high&tag=,&since=noon&colour=red&streamer=alpha&cursor=x");
        var errors = JsonNode.Parse(await wrong.Content.ReadAsStringAsync())!["errors"]!.AsObject();
        Assert.That(errors.Select(e => e.Key), Is.EquivalentTo(new[] { "sort", "favourite", "min_score", "tag", "since", "colour", "streamer", "cursor" }));
    }

    [Test]
    public async Task Pages_by_score_show_every_clip_once()
    {
        for (var i = 0; i < 7; i++) await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddHours(i), change: c => c with { Score = 3 + (i / 3) + 0.1 });
        var (seen, cursor) = (new List<(double Score, Guid Id)>(), "");
        do
        {
            var page = await _control.GetAsync($"/clips?sort=-score&limit=2&cursor={cursor}");
            seen.AddRange(page["items"]!.AsArray().Select(c => (c!["score"]!.GetValue<double>(), c["id"]!.GetValue<Guid>())));
            cursor = page["next"]?.ToString() ?? "";
        }
        while (cursor.Length > 0);

        Assert.That(seen.Select(s => s.Id), Is.Unique.And.Exactly(7).Items);
        Assert.That(seen.Select(s => s.Score), Is.Ordered.Descending);
    }

    [Test]
    public async Task Several_clips_are_changed_or_deleted_at_once_and_each_says_how_it_went()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++) ids.Add((await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddHours(i))).Id());
        await _control.PatchAsync(ids[0], new { tags = Enumerable.Range(0, 20).Select(i => $"t{i}") });
        var unknown = Guid.NewGuid();

        var marked = await BulkAsync(new { ids = (Guid[])[.. ids, unknown], favourite = true, add_tags = (string[])["Best"], remove_tags = (string[])["t1"] });
        Assert.That(marked["items"]!.AsArray().Select(i => i!["result"]!.ToString()), Is.EqualTo(new[] { "done", "done", "done", "not_found" }));
        Assert.That(await _control.ListedAsync("?favourite=true&tag=best"), Has.Count.EqualTo(3));
        var full = await BulkAsync(new { ids = ids.Take(1), add_tags = (string[])["one more"] });
        Assert.That(full["items"]![0]!["fault"]!.ToString(), Does.Contain("would have more than 20 tags"));

        var deleted = await BulkAsync(new { ids = ids.Take(2).Append(unknown), delete = true });
        Assert.That(deleted["items"]!.AsArray().Select(i => i!["result"]!.ToString()), Is.EqualTo(new[] { "done", "done", "not_found" }));
        Assert.That(await _control.ListedAsync(), Is.EqualTo(new[] { ids[2] }), "also favourites, where somebody deletes them");

        var nothing = await BulkAsync(new { ids }, HttpStatusCode.BadRequest);
        Assert.That(nothing.ToJsonString(), Does.Contain("there is nothing to change"));
        var both = await BulkAsync(new { ids = (string[])["x"], delete = true, favourite = false }, HttpStatusCode.BadRequest);
        Assert.That(both.ToJsonString(), Does.Contain("give it alone").And.Contain("give ids of clips"));
    }

    private async Task<JsonNode> BulkAsync(object body, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await _control.Http.PostAsJsonAsync("/clips/bulk", body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(status), text);
        return JsonNode.Parse(text)!;
    }
}
