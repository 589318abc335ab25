using StreamClips.NodeAgent.ControlLink;

namespace StreamClips.NodeAgent.Tests.ControlLink;

/// <summary>Which address is dialled next, and when.</summary>
public sealed class LinkPaceTests
{
    private static readonly LinkEnd Away = new("", WasOpen: false, Refused: false);
    private static readonly LinkEnd Refused = new("", WasOpen: false, Refused: true);
    private static readonly LinkEnd Lost = new("", WasOpen: true, Refused: false);
    private static readonly LinkOptions Options = new() { ControlPlanes = [new("https://a"), new("https://b"), new("https://c")], NodeId = "node-1", Capacity = 1 };

    [Test]
    public void Within_a_round_waits_are_short_and_from_round_to_round_they_grow()
    {
        var longest = new double[12];
        for (var seed = 0; seed < 200; seed++)
        {
            var pace = new LinkPace(Options, 3, new Random(seed));
            for (var i = 0; i < longest.Length; i++) longest[i] = Math.Max(longest[i], pace.After(i == 0 ? Lost : Away).TotalMilliseconds);
        }

        // The longest of 200 draws: nearly the bound. 400 ms, and after each third try twice as much as after the last third one.
        Assert.That(longest.Select(l => Math.Ceiling(l / 400) * 400), Is.EqualTo((double[])[400, 400, 400, 400, 400, 800, 400, 400, 1600, 400, 400, 3200]));
    }

    [Test]
    public void A_refusal_is_waited_for_once_a_round_and_a_session_forgets_it()
    {
        var pace = new LinkPace(Options, 3, new Random(1));
        Assert.That(pace.After(Refused), Is.LessThan(TimeSpan.FromSeconds(1)), "another address may be right");
        Assert.That(pace.After(Away), Is.LessThan(TimeSpan.FromSeconds(1)));
        Assert.That(pace.After(Away), Is.GreaterThan(TimeSpan.FromSeconds(3)));
        pace.After(Refused);
        foreach (var end in (LinkEnd[])[Lost, Away, Away]) Assert.That(pace.After(end), Is.LessThan(TimeSpan.FromSeconds(1)));

        var alone = new LinkPace(Options, 1, new Random(1));
        Assert.That(alone.After(Refused), Is.GreaterThan(TimeSpan.FromSeconds(3)));
    }

    [Test]
    public void A_stranger_is_believed_to_be_the_control_plane_only_where_no_address_serves()
    {
        var stranger = Refused with { IsStranger = true };
        var pace = new LinkPace(Options, 3, new Random(1));
        Assert.That(Told(stranger, Away, Away, Away, stranger, Away), Is.EqualTo((bool[])[false, false, true, false, true, true]));
        Assert.That(Told(Lost, stranger, Away, Lost, Away, Away), Is.EqualTo((bool[])[false, false, true, false, false, false]));
        pace = new LinkPace(Options, 1, new Random(1));
        Assert.That(Told(stranger, Away, stranger, Lost), Is.EqualTo((bool[])[true, false, true, false]));

        bool[] Told(params LinkEnd[] ends) => [.. ends.Select(end =>
        {
            pace.After(end);
            return pace.MayHaveNewAuthority;
        })];
    }

    [Test]
    public void A_node_that_one_address_refuses_tries_to_enrol_at_each_once_as_the_next_one_may_be_away()
    {
        var refused = Refused with { WantsEnrolment = true };
        var pace = new LinkPace(Options, 3, new Random(1));
        var told = new List<bool>();
        foreach (var end in (LinkEnd[])[Away, refused, Away, Away, Away, refused, Lost])
        {
            pace.After(end);
            told.Add(pace.WantsEnrolment);
        }

        Assert.That(told, Is.EqualTo((bool[])[false, true, true, true, false, true, false]));
    }

    [Test]
    public void Every_address_has_its_turn_again_and_again_from_one_by_lot()
    {
        var firsts = new HashSet<Uri>();
        for (var seed = 0; seed < 50; seed++)
        {
            var addresses = new ControlPlaneAddresses(Options, new Random(seed));
            firsts.Add(addresses.Current);
            var dialled = new List<Uri>();
            for (var i = 0; i < 6; i++)
            {
                dialled.Add(addresses.Current);
                addresses.MoveOn();
            }

            Assert.That(dialled.Take(3), Is.EquivalentTo(Options.ControlPlanes));
            Assert.That(dialled.Skip(3), Is.EqualTo(dialled.Take(3)));
        }

        Assert.That(firsts, Has.Count.EqualTo(3));
    }
}
