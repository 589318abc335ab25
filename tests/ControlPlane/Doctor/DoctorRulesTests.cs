using StreamClips.ControlPlane.Doctor;

namespace StreamClips.ControlPlane.Tests.Doctor;

[TestFixture]
public sealed class DoctorRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private static readonly DatabaseFacts Database = new() { VersionNumber = 150004, Version = "15.4", SizeBytes = 9 << 20, Now = Now, ReadOnly = false };
    private static readonly NodeFacts Node = new()
    {
        Id = "node-1", State = "ready", AgentVersion = "1", DiskTotalBytes = 100L << 30, DiskFreeBytes = 50L << 30, ClockOffsetS = 0.1, ShippingFault = "", RecordingPaused = "",
        UnshippedClips = 0, CertificateExpiresAt = Now + Week,
    };

    [Test]
    public void An_old_or_read_only_database_fails_and_a_slow_one_is_warned_of()
    {
        Assert.That(DatabaseRules.Database("h/d", Database, TimeSpan.FromMilliseconds(3)), Is.EqualTo(new Finding("database", "ok", "PostgreSQL 15.4 at h/d, 9 MiB, answered in 3 ms", "")));
        Assert.That(DatabaseRules.Database("h/d", Database with { VersionNumber = 149999 }, TimeSpan.Zero).Status, Is.EqualTo("fail"));
        Assert.That(DatabaseRules.Database("h/d", Database with { ReadOnly = true }, TimeSpan.Zero).Remedy, Does.Contain("target_session_attrs=read-write"));
        Assert.That(DatabaseRules.Database("h/d", Database, TimeSpan.FromSeconds(1)).Status, Is.EqualTo("warn"));
    }

    [TestCase(14, 14, null, "ok")]
    [TestCase(13, 14, null, "fail")]
    [TestCase(15, 14, "the database is newer", "fail")]
    public void The_schema_is_this_programs(int applied, int steps, string? refusal, string status) => Assert.That(DatabaseRules.Schema(applied, steps, refusal).Status, Is.EqualTo(status));

    [TestCase(0.2, "ok", "200 ms ahead of the database's")]
    [TestCase(-5, "warn", "5 s behind the database's")]
    [TestCase(300, "fail", "5 min ahead of the database's")]
    public void Clocks_agree(double ahead_s, string status, string seen)
    {
        var finding = DatabaseRules.Clock(TimeSpan.FromSeconds(ahead_s));
        Assert.That((finding.Status, finding.Seen), Is.EqualTo((status, seen)));
    }

    [TestCase(100L << 30, 200L << 30, "ok")]
    [TestCase(4L << 30, 200L << 30, "warn")]
    [TestCase(3L << 30, 10L << 30, "ok")]
    [TestCase(100L << 20, 200L << 30, "fail")]
    public void A_disk_has_room(long free, long total, string status) => Assert.That(DatabaseRules.Disk("/d", free, total).Status, Is.EqualTo(status));

    [TestCase(1000, "ok")]
    [TestCase(10, "warn")]
    [TestCase(-1, "fail")]
    public void Certificates_are_told_of_before_they_end(int days, string status) =>
        Assert.That((CertificateRules.Authority(Now.AddDays(days), Now).Status, CertificateRules.Dashboard(Now.AddDays(days), Now).Status), Is.EqualTo((status, status)));

    [Test]
    public void Of_healthy_nodes_nothing_is_to_be_done() => Assert.That(NodeRules.Of([Node, Node with { Id = "node-2" }], "1", Week, Now).Select(f => f.Status), Has.All.EqualTo("ok"));

    [Test]
    public void Each_thing_that_is_wrong_with_a_node_is_told_with_its_name()
    {
        Told("nodes", "warn", Node with { Id = "bad", State = "lost" });
        Told("agents", "warn", Node with { Id = "bad", AgentVersion = "2" });
        Told("nodes' disks", "warn", Node with { Id = "bad", DiskFreeBytes = 1 << 30 });
        Told("nodes' clocks", "warn", Node with { Id = "bad", ClockOffsetS = -9 });
        Told("nodes' certificates", "warn", Node with { Id = "bad", CertificateExpiresAt = Now.AddDays(1) });
        Told("shipping", "warn", Node with { Id = "bad", UnshippedClips = 3, OldestUnshippedAt = Now.AddHours(-3) });
        Told("shipping", "fail", Node with { Id = "bad", ShippingFault = "no such host" });
        Told("shipping", "fail", Node with { Id = "bad", RecordingPaused = "the disk is full" });

        static void Told(string check, string status, NodeFacts bad)
        {
            var wrong = NodeRules.Of([Node, bad], "1", Week, Now).Where(f => f.Status != "ok").ToList();
            Assert.That(wrong, Has.Count.EqualTo(1), check);
            Assert.That((wrong[0].Check, wrong[0].Status, wrong[0].Seen.Contains("bad", StringComparison.Ordinal), wrong[0].Remedy.Length > 0), Is.EqualTo((check, status, true, true)), wrong[0].ToString());
        }
    }

    [Test]
    public void No_node_at_all_and_none_that_is_heard_are_told_apart()
    {
        Assert.That(NodeRules.Of([], "1", Week, Now), Is.EqualTo(new[] { Finding.Warn("nodes", "no node has ever connected", "streamclips nodes token create makes a join token: start an agent with it") }));
        Assert.That(NodeRules.Of([Node with { State = "lost" }], "1", Week, Now)[0].Status, Is.EqualTo("fail"));
        var many = Enumerable.Range(1, 7).Select(n => Node with { Id = $"n{n}", State = n < 7 ? "lost" : "ready" }).ToList();
        Assert.That(NodeRules.Of(many, "1", Week, Now)[0].Seen, Is.EqualTo("6 of 7 are lost: n1, n2, n3, n4, n5 and 1 more"));
    }

    [Test]
    public void The_worst_counts() => Assert.That((Verdict.Worst(["ok", "fail", "warn"]), Verdict.Worst(["warn", "ok"]), Verdict.Worst([])), Is.EqualTo(("fail", "warn", "ok")));
}
