using StreamClips.ControlPlane.StorageChecks;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.Tests.StorageChecks;

public sealed class FileRuleTests
{
    private const string Clip = "ada/2026-01-02/120020_x3-5_0193a1b2.mp4";
    private static readonly DateTimeOffset Now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    [TestCase(Clip, FindingKind.Orphan, true)]
    [TestCase("ada/2026-01-02/120020_x3-5_0193a1b2-preview.jpg", FindingKind.Orphan, true)]
    [TestCase("ada/2026-01-02/120020_x3-5-0193a1b2c3d47e5f8a9b0c1d2e3f4a5b.json", FindingKind.Orphan, true)]
    [TestCase("ada/2026-01-02/.120020_x3-5_0193a1b2.mp4.part", FindingKind.Temporary, true)]
    [TestCase("ada/2026-01-02/.120020_x3-5_0193a1b2.mp4.0123456789abcdef.part", FindingKind.Temporary, true)]
    [TestCase("streamclips-doctor/0193a1b2.bin", FindingKind.Temporary, true)]
    [TestCase("films/holiday.mp4", FindingKind.Foreign, false)]
    [TestCase("films/.holiday.mp4.part", FindingKind.Foreign, false)]
    [TestCase("camera/img_20260102.jpg", FindingKind.Foreign, false)]
    [TestCase("Films/Holiday_0193a1b2.mp4", FindingKind.Foreign, false)]
    [TestCase("ada/.hidden", FindingKind.Foreign, false)]
    [TestCase("ada/../x/.a_0193a1b2.mp4.part", FindingKind.Foreign, false)]
    [TestCase("ada/notes_0193a1b2.txt", FindingKind.Foreign, false)]
    public void A_file_of_days_ago_goes_where_its_name_is_ours(string name, string kind, bool goes)
    {
        var verdict = FileRule.Decide(new(name, 1, Now.AddDays(-3)), null, TimeSpan.FromDays(1), [Node(connected: Now.AddDays(-9), seen: Now)], Now);
        Assert.That((verdict.Kind, verdict.Goes), Is.EqualTo((kind, goes)), verdict.Reason);
    }

    [TestCase(23, false)]
    [TestCase(25, true)]
    [TestCase(-1, false)]
    public void A_file_stays_until_it_is_old_enough_also_one_from_tomorrow(int hours, bool goes)
    {
        foreach (var name in (string[])[Clip, "ada/.x_0193a1b2.mp4.part"])
            Assert.That(FileRule.Decide(new(name, 1, Now.AddHours(-hours)), null, TimeSpan.FromDays(1), [Node(Now.AddDays(-9), Now)], Now).Goes, Is.EqualTo(goes), name);
    }

    [Test]
    public void A_file_stays_while_a_node_was_cut_off_since_and_for_an_hour_after_it_is_back()
    {
        var stored = Now.AddDays(-3);
        var heard = Node(Now.AddDays(-9), Now);
        foreach (var (node, goes) in ((NodeHeard, bool)[])
        [
            (Node(Now.AddDays(-9), stored.AddMinutes(-1)), false), (Node(Now.AddDays(-9), stored.AddMinutes(59)), false), (Node(Now.AddDays(-9), stored.AddMinutes(61)), true),
            (Node(Now.AddMinutes(-5), Now), false), (Node(Now.AddMinutes(-59), Now), false), (Node(Now.AddMinutes(-61), Now), true),
        ])
        {
            var verdict = FileRule.Decide(new(Clip, 1, stored), null, TimeSpan.FromDays(1), [heard, node, heard], Now);
            Assert.That(verdict.Goes, Is.EqualTo(goes), $"{node.ConnectedAt} {node.LastSeenAt}");
            if (!goes) Assert.That(verdict.Reason, Does.Contain("node-1").And.Contain("retire"));
        }
    }

    [TestCase(-1, false)]
    [TestCase(59, false)]
    [TestCase(61, true)]
    public void A_file_stays_while_a_node_has_a_clip_to_ship_whose_file_it_may_be(int minutesAfter, bool goes)
    {
        // Its video is in storage, and its poster waits for room there.
        var node = Node(Now.AddDays(-9), Now) with { OldestUnshippedAt = Now.AddDays(-3).AddMinutes(minutesAfter) };
        var verdict = FileRule.Decide(new(Clip, 1, Now.AddDays(-3)), null, TimeSpan.FromDays(1), [node], Now);
        Assert.That(verdict.Goes, Is.EqualTo(goes), verdict.Reason);
    }

    [Test]
    public void A_file_that_a_clip_has_in_another_storage_stays() =>
        Assert.That(FileRule.Decide(new(Clip, 1, Now.AddDays(-3)), "old", TimeSpan.FromDays(1), [], Now), Has.Property("Goes").False.And.Property("Reason").Contains("'old'"));

    [TestCase(10, 10, false)]
    [TestCase(11, 20, true)]
    [TestCase(11, 22, false)]
    public void More_than_half_is_too_much(int goes, int all, bool tooMuch) => Assert.That(FileRule.IsTooMuch(goes, all), Is.EqualTo(tooMuch));

    [Test]
    public async Task Files_and_rows_are_compared_in_order_and_what_has_no_clips_name_is_passed_over()
    {
        Assert.That(await CompareAsync(["B.txt", "a-b/2", "a/1", "b/3", "d/5"], ["a/1", "b/3", "c/4", "e/6"]), Is.EqualTo((string[])["B.txt=", "a-b/2=", "a/1=a/1", "b/3=b/3", "=c/4", "d/5=", "=e/6"]));
        Assert.That(() => CompareAsync(["b/3", "a/1"], []), Throws.InstanceOf<IOException>().With.Message.Contains("order"));
    }

    private static async Task<List<string>> CompareAsync(string[] files, string[] rows)
    {
        var all = new List<string>();
        await foreach (var (file, row) in Comparison.OfAsync(
            files.Select(f => new StoredObject(f, 1, Now)).ToAsyncEnumerable(), rows.Select(r => new RowFile(Guid.Empty, "video", r, 1)).ToAsyncEnumerable(), CancellationToken.None)) all.Add($"{file?.Name}={row?.Key}");
        return all;
    }

    private static NodeHeard Node(DateTimeOffset connected, DateTimeOffset seen) => new() { Id = "node-1", ConnectedAt = connected, LastSeenAt = seen };
}
