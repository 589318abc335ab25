using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace StreamClips.Browser.Tests;

/// <summary>Clips are marked, filed, found and deleted in the pages; with scripts and without.</summary>
[Category("Slow")]
public sealed class ClipKeepingTests
{
    private Site _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _site = await Site.StartAsync();
        await Rows.AddAsync(_site, clips: 6);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task A_clip_is_marked_filed_and_described_without_scripts()
    {
        var page = await PlainAsync("/app/clips?streamer=" + Rows.Clipping);
        var first = page.Locator(".clip").First;

        await first.GetByRole(AriaRole.Button, new() { Name = "Favourite PixelPanda" }).ClickAsync();
        await Expect(page).ToHaveURLAsync($"{_site.Address}/app/clips?streamer={Rows.Clipping}");
        await Expect(page.Locator(".clip").First.GetByRole(AriaRole.Button, new() { Name = "Favourite PixelPanda", Pressed = true })).ToBeVisibleAsync();

        await page.Locator(".clip a").First.ClickAsync();
        await page.GetByLabel("Tags").FillAsync("Clutch,  Late   Night, clutch");
        await page.GetByLabel("Note").FillAsync("One\nTwo <b>");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByLabel("Tags")).ToHaveValueAsync("clutch, late night");
        await Expect(page.GetByLabel("Note")).ToHaveValueAsync("One\nTwo <b>");

        await page.GetByLabel("Tags").FillAsync(new string('x', 50));
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator("#field-tags-fault")).ToContainTextAsync("50 characters: give 1 to 40");
        await Expect(page.GetByLabel("Note")).ToHaveValueAsync("One\nTwo <b>");

        await page.GotoAsync("/app/clips");
        await page.GetByLabel("Only favourites").CheckAsync();
        await page.GetByLabel("Tag", new() { Exact = true }).SelectOptionAsync("late night");
        await page.GetByLabel("Text").FillAsync("two <");
        await page.GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();
        await Expect(page.Locator(".clip")).ToHaveCountAsync(1);
    }

    [Test]
    public async Task What_somebody_else_wrote_meanwhile_is_not_overwritten_unseen()
    {
        var clip = await ClipAsync("Both write");
        var page = (await _site.SignedInAsync($"/app/clips/{clip}")).Page;
        await _site.ExecuteAsync("update clip set note = 'theirs', version = version + 1 where id = @clip", new { clip });

        await page.GetByLabel("Note").FillAsync("mine");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Somebody else changed this clip meanwhile");
        await Expect(page.GetByLabel("Note")).ToHaveValueAsync("mine");
        Assert.That(await _site.ScalarAsync<string>("select note from clip where id = @clip", new { clip }), Is.EqualTo("theirs"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        Assert.That(await _site.ScalarAsync<string>("select note from clip where id = @clip", new { clip }), Is.EqualTo("mine"));
    }

    [Test]
    public async Task Several_clips_are_tagged_and_deleted_at_once()
    {
        var clips = new List<Guid>();
        for (var i = 0; i < 3; i++) clips.Add(await ClipAsync("Several"));
        var visit = await _site.SignedInAsync("/app/clips?q=several");
        var page = visit.Page;
        var bar = page.Locator("#bulk");
        await Expect(page.Locator(".clip")).ToHaveCountAsync(3);
        await Expect(bar).ToBeHiddenAsync();

        await page.Locator($"#clip-{clips[0]}").GetByRole(AriaRole.Checkbox).CheckAsync();
        await page.Locator($"#clip-{clips[1]}").GetByRole(AriaRole.Checkbox).CheckAsync();
        await bar.GetByPlaceholder("Tag").FillAsync("Rerun");
        await bar.GetByRole(AriaRole.Button, new() { Name = "Add tag" }).ClickAsync();
        await Expect(page.Locator(".clip .tags")).ToHaveTextAsync(["rerun", "rerun"]);

        await page.Locator($"#clip-{clips[1]}").GetByRole(AriaRole.Checkbox).CheckAsync();
        await page.Locator($"#clip-{clips[2]}").GetByRole(AriaRole.Checkbox).CheckAsync();
        await bar.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete them" }).ClickAsync();

        await Expect(page).ToHaveURLAsync($"{_site.Address}/app/clips?q=several");
        await Expect(page.Locator(".clip")).ToHaveCountAsync(1);
        Assert.That(visit.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_clip_says_how_long_it_is_kept()
    {
        var clip = await ClipAsync("Kept");
        await _site.ExecuteAsync("update clip set saved_at = '2099-11-12 10:00Z' where id = @clip; update streamer set settings = '{\"keep_clips_days\": 30, \"keep_clips_count\": 100}' where id = @streamer", new { clip, streamer = Rows.Watching });
        var page = (await _site.SignedInAsync($"/app/clips/{clip}")).Page;

        await Expect(page.GetByText("Goes on 12 Dec 2099, or when newer clips of the channel are 100 clips, unless it is a favourite")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Favourite" }).ClickAsync();
        await Expect(page.GetByText("As long as it is a favourite")).ToBeVisibleAsync();
        await _site.ExecuteAsync("update streamer set settings = '{}' where id = @streamer", new { streamer = Rows.Watching });
    }

    private async Task<Guid> ClipAsync(string streamer)
    {
        var id = Guid.CreateVersion7();
        await Rows.ClipAsync(_site, id, Rows.Watching, streamer, minutesAgo: 60 * 30);
        return id;
    }

    /// <summary>A page without scripts, signed in.</summary>
    private async Task<IPage> PlainAsync(string path)
    {
        var visit = await _site.VisitAsync(scripts: false);
        await visit.Page.Context.AddCookiesAsync(await (await _site.SignedInAsync("/app/nodes")).CookiesAsync());
        await visit.Page.GotoAsync(path);
        return visit.Page;
    }
}
