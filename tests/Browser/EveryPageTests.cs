using Microsoft.Playwright;

namespace StreamClips.Browser.Tests;

/// <summary>
/// What holds for every page: it fits the screen, the browser has nothing to complain of, everybody can use it.
/// With STREAMCLIPS_SCREENSHOTS=DIRECTORY each page is also kept as pictures, to look at.
/// </summary>
[Category("Slow")]
public sealed class EveryPageTests
{
    private static readonly string[] Paths =
    [
        "/app", "/app/streamers", "/app/streamers/new", "/app/streamers/{streamer}", "/app/clips", "/app/clips?removing=true", "/app/clips/{clip}", "/app/processes/{process}",
        "/app/logs", "/app/nodes", "/app/settings", "/app/streamers/{streamer}/settings", "/app/access", "/app/access?all=true", "/app/users", "/app/users/{user}", "/app/audit", "/app/sign-in", "/app/no-such-page",
    ];

    private static readonly string[] EmptyPaths = ["/app", "/app/streamers", "/app/clips", "/app/logs", "/app/nodes"];

    private Site _site = null!;
    private Site _empty = null!;
    private Guid _clip;
    private Guid _user;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _site = await Site.StartAsync();
        await Rows.AddAsync(_site, clips: 12, lines: 60);
        await Rows.ChatAsync(_site, Rows.Watching, minutes: 60);
        _clip = await _site.ScalarAsync<Guid>("select id from clip order by started_at desc limit 1");
        await _site.ExecuteAsync(
            """
            update clip set favourite = true, tags = '{clutch,late night}', note = E'The comeback in the last round.\nLook at the chat.' where id = @clip;
            update clip set removing_at = now(), removal = 'deleted', removal_reason = 'admin deleted it', removal_next_at = 'infinity', removal_fault = 'storage box does not answer: connection refused'
            where id = (select id from clip order by started_at limit 1)
            """, new { clip = _clip });
        _user = await _site.ScalarAsync<Guid>("select id from account");
        await _site.ExecuteAsync(
            """
            insert into api_token (id, account_id, name, scope, prefix, token_hash, created_at, expires_at, last_used_at, last_address)
            select gen_random_uuid(), a.id, 'deploy of the clips, ' || n, 'operate', 'sct_abcdefgh', sha256(n::text::bytea), now() - interval '40 days',
                now() + n * interval '30 days', case n when 1 then now() end, '2001:db8:1111:2222:3333:4444:5555:6666'
            from account a, generate_series(0, 2) n
            """);
        await _site.ExecuteAsync(
            """
            insert into settings_default (value, updated_at) values ('{"surge_threshold": 3}', now());
            update settings_default set value = '{"surge_threshold": 2.5, "file_name": "{streamer}/{date}/{time}_{score}_{id}_of_the_channel"}';
            update streamer set settings = '{"clip_duration": 45, "file_name": "{streamer}/{date}/{time}_{score}_{id}_by_this_streamer_alone"}';
            """);
        _empty = await Site.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _site.DisposeAsync();
        await _empty.DisposeAsync();
    }

    [Test]
    public async Task Every_page_fits_a_phone_and_a_desk_pleases_the_browser_and_is_usable_by_everybody_by_day_and_by_night([ValueSource(nameof(Paths))] string path)
    {
        var visit = await OpenAsync(_site, path);
        var page = visit.Page;
        foreach (var width in new[] { 390, 1440 })
        {
            await page.SetViewportSizeAsync(width, 900);
            Assert.That(await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"), Is.Zero, $"pixels off the screen at {width}");
            Assert.That(await ViolationsAsync(page), Is.Empty, $"{width}, light");
            await PictureAsync(page, path, $"{width}-light");
        }

        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        Assert.That(await ViolationsAsync(page), Is.Empty, "1440, dark");
        await PictureAsync(page, path, "1440-dark");
        await page.SetViewportSizeAsync(390, 900);
        await PictureAsync(page, path, "390-dark");
        Assert.That(visit.Complaints.Where(c => path != "/app/no-such-page" || !c.Contains("404 (Not Found)", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task A_page_without_rows_says_what_to_do([ValueSource(nameof(EmptyPaths))] string path)
    {
        var visit = await OpenAsync(_empty, path);

        Assert.That(await visit.Page.Locator(".empty").First.InnerTextAsync(), Has.Length.GreaterThan(30));
        Assert.That(await ViolationsAsync(visit.Page), Is.Empty);
        Assert.That(visit.Complaints, Is.Empty);
    }

    private static async Task PictureAsync(IPage page, string path, string look)
    {
        if (Environment.GetEnvironmentVariable("STREAMCLIPS_SCREENSHOTS") is not { Length: > 0 } directory) return;
        var name = string.Concat(path.Trim('/').Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        await page.ScreenshotAsync(new() { Path = Path.Combine(directory, $"{name}-{look}.png"), FullPage = true });
    }

    private async Task<Visit> OpenAsync(Site site, string path)
    {
        var full = path.Replace("{clip}", $"{_clip}", StringComparison.Ordinal).Replace("{streamer}", $"{Rows.Watching}", StringComparison.Ordinal)
            .Replace("{process}", $"{Rows.WatchingProcess}", StringComparison.Ordinal).Replace("{user}", $"{_user}", StringComparison.Ordinal);
        if (path != "/app/sign-in") return await site.SignedInAsync(full);
        var visit = await site.VisitAsync();
        await visit.Page.GotoAsync(full);
        return visit;
    }

    /// <summary>What axe-core finds that is serious. It is evaluated by the debugger, which the page's policy does not bind.</summary>
    private static async Task<string[]> ViolationsAsync(IPage page)
    {
        if (!await page.EvaluateAsync<bool>("'axe' in window")) await page.EvaluateAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "axe.min.js")));
        return await page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run()).violations.filter(v => ['serious', 'critical'].includes(v.impact))
              .map(v => `${v.id}: ${v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | ')}`)
            """);
    }
}
