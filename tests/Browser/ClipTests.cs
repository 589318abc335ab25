using Microsoft.Playwright;
using StreamClips.Testing;
using static Microsoft.Playwright.Assertions;

namespace StreamClips.Browser.Tests;

[Category("Slow")]
public sealed class ClipTests
{
    private Site _site = null!;
    private Guid _clip;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _site = await Site.StartAsync();
        await Rows.AddAsync(_site, clips: 33);
        _clip = await _site.ScalarAsync<Guid>("select id from clip where streamer = 'PixelPanda' order by started_at desc limit 1");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task A_clip_plays_from_the_moment_and_seeks_by_range_requests()
    {
        var visit = await _site.VisitAsync();
        var partial = 0;
        visit.Page.Response += (_, response) =>
        {
            if (response.Url.Contains("/video", StringComparison.Ordinal) && response.Status == 206) Interlocked.Increment(ref partial);
        };
        visit = await OpenAsync(visit, $"/app/clips/{_clip}");
        var video = visit.Page.Locator("video");

        await ComesTrueAsync("v => v.readyState >= 2");
        Assert.That(await video.EvaluateAsync<double>("v => v.duration"), Is.EqualTo(12).Within(0.2));
        Assert.That(await video.EvaluateAsync<double>("v => v.currentTime"), Is.EqualTo(5).Within(0.1), "it stands at the moment");
        await video.EvaluateAsync("v => { v.jumps = []; v.onseeking = () => v.jumps.push(v.currentTime); return v.play(); }");
        await ComesTrueAsync("v => v.currentTime > 5.5");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "From the start" }).ClickAsync();
        await ComesTrueAsync("v => v.jumps.length === 1 && v.jumps[0] < 1 && v.currentTime > v.jumps[0]");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Jump to the moment (0:05)" }).ClickAsync();
        await ComesTrueAsync("v => v.jumps.length === 2 && Math.abs(v.jumps[1] - 5) < 1 && v.currentTime > v.jumps[1]");

        Assert.That(await video.EvaluateAsync<int>("v => v.videoWidth"), Is.EqualTo(640));
        Assert.That(partial, Is.GreaterThan(0), "no range request was answered with 206");
        Assert.That(visit.Complaints, Is.Empty);

        Task ComesTrueAsync(string condition) => Eventually.TrueAsync(() => video.EvaluateAsync<bool>(condition), condition);
    }

    [Test]
    public async Task A_clip_tells_why_it_was_made()
    {
        var visit = await _site.SignedInAsync($"/app/clips/{_clip}");

        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("PixelPanda ×3.7");
        await Expect(visit.Page.GetByText("21.4 messages a second against 5.8 usual")).ToBeVisibleAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Img, new() { NameRegex = new("rose to 2[12] messages a second") })).ToBeVisibleAsync();
        await Expect(visit.Page.Locator(".words")).ToContainTextAsync("<b>clip it</b>");
        var hash = await _site.ScalarAsync<string>("select sha256 from clip_file where clip_id = @clip and kind = 'video'", new { clip = _clip });
        await Expect(visit.Page.GetByText(hash!)).ToBeVisibleAsync();
    }

    [Test]
    public async Task Clips_are_paged_and_filtered_by_channel()
    {
        var page = (await _site.SignedInAsync("/app/clips")).Page;

        await Expect(page.Locator(".clip")).ToHaveCountAsync(30);
        await page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
        await Expect(page.Locator(".clip")).ToHaveCountAsync(3);
        await page.GetByRole(AriaRole.Link, new() { Name = "Newest" }).ClickAsync();
        await page.GetByLabel("Channel").SelectOptionAsync("Nightowl");

        await Expect(page.Locator(".clip")).ToHaveCountAsync(16);
        Assert.That(await page.Locator(".clip a").AllInnerTextsAsync(), Is.All.EqualTo("Nightowl"));
    }

    [Test]
    public async Task A_clip_is_deleted_only_after_a_second_thought_and_then_with_its_files()
    {
        var id = Guid.CreateVersion7();
        await Rows.ClipAsync(_site, id, Rows.Watching, "Gone soon", minutesAgo: 60 * 30);
        var page = (await _site.SignedInAsync($"/app/clips/{id}")).Page;
        var dialog = page.GetByRole(AriaRole.Dialog);

        await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Keep it" }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();

        await Expect(page).ToHaveURLAsync($"{_site.Address}/app/clips");
        Assert.That(Directory.EnumerateFiles(_site.StoragePath, $"{id}*", SearchOption.AllDirectories), Is.Empty);
        await page.GotoAsync($"/app/clips/{id}");
        await Expect(page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("There is no such clip");
    }

    private async Task<Visit> OpenAsync(Visit visit, string path)
    {
        await visit.Page.Context.AddCookiesAsync(await (await _site.SignedInAsync("/app/nodes")).CookiesAsync());
        await visit.Page.GotoAsync(path);
        return visit;
    }
}
