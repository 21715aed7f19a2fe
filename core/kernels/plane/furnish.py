"""A network moves into a room: what a walk finds there at its beginning. What others have left changes no result."""

from core.kernels.bundles import opener
from core.kernels.jit import lean, lean_entry
from core.kernels.plane.facets import NONE
from core.kernels.plane.nets import LANES, start_of
from core.kernels.plane.polygons import put, tag
from core.kernels.plane.records import Edges, Kept, Plan, Stacks, Tasks, Work
from core.kernels.rounding import DOUBT

#: Of the largest weight into the outputs: a smaller one is compared map by map before it is called a kink.
LOUD = 1e-6
#: Relative to the sum of absolute terms, a generous bound: what is not nearer to 0 on a polygon keeps its sign there.
SURE = 1e-6

opened = opener(Edges, Stacks, Work, Kept, Plan, Tasks)


@lean
def write_box(walk, whole, limits, snap):
    """The box, also as the polygon of the only task of `whole`, and how near zero is near."""
    along_x, along_y, box = tag(0, 1, 0), tag(0, 0, 1), whole.polygons
    put(box[0], limits[0, 0], limits[1, 0], along_x)
    put(box[1], limits[0, 1], limits[1, 0], along_y)
    put(box[2], limits[0, 1], limits[1, 1], along_x)
    put(box[3], limits[0, 0], limits[1, 1], along_y)
    walk.reach_x = max(abs(limits[0, 0]), abs(limits[0, 1]))
    walk.reach_y = max(abs(limits[1, 0]), abs(limits[1, 1]))
    walk.side_x, walk.side_y = limits[0, 1] - limits[0, 0], limits[1, 1] - limits[1, 0]
    walk.snap, walk.doubt, walk.sure = snap, max(snap, DOUBT), max(SURE, 4 * snap)


@lean
def write_layers(walk, plan, slopes, kinked, grains):
    """What there is of a layer besides weights."""
    for l in range(walk.depth + 1):
        layer = plan.layers[l]
        layer.grain = grains[l]
        hidden = 0 < l < walk.depth
        layer.slope, layer.kinked = (slopes[l - 1], kinked[l - 1]) if hidden else (0.0, False)


@lean
def write_weights(walk, stacks, plan, theta):
    """W in blocks, and the biases, each unit in its column; in front of the outputs a mixture of them, the read-out."""
    z, biases, readout, t = stacks.numbers, 2 * stacks.nets[0].padded, plan.readout, 0
    for l in range(1, walk.depth + 1):
        layer, rows, first = plan.layers[l], plan.layers[l - 1].width, biases + start_of(stacks, stacks.nets[0], l)
        mixed = l == walk.depth
        n = layer.width - mixed
        for i in range(rows + 1):  # the last row is the biases
            total = 0.0
            for j in range(n):
                number, column = theta[t + j], j + mixed
                if i < rows:
                    plan.W[layer.weights + (column // LANES * rows + i) * LANES + column % LANES] = number
                else:
                    z[first + column] = number
                if mixed:
                    total += number * readout[j]
            if mixed and i < rows:
                plan.W[layer.weights + i * LANES] = total
            elif mixed:
                z[first] = total
            t += n


@lean
def write_maps(walk, stacks, plan, theta):
    """Those of the first layer, and the sums of the absolute terms of all on the box; biases are there."""
    z, p, n = stacks.numbers, stacks.nets[0].padded, plan.layers[1].width
    for j in range(n):
        z[j], z[p + j] = theta[j], theta[n + j]
    for j in range(p):
        z[3 * p + j] = abs(z[j]) * walk.reach_x + abs(z[p + j]) * walk.reach_y + abs(z[2 * p + j])


@lean
def write_loud(walk, plan, every):
    """Which of the last hidden units an output surely reads; none where every two neighbours are to be compared."""
    layer, last, largest = plan.layers[walk.depth - 1], plan.layers[walk.depth].weights, 0.0
    for i in range(layer.width):
        largest = max(largest, abs(plan.W[last + i * LANES]))
    for i in range(layer.width):
        size = abs(1 - layer.slope) * abs(plan.W[last + i * LANES])
        plan.loud[i] = (not every) & (size > LOUD * largest)


@lean
def write_paths(plan):
    """How large all paths from each first hidden unit to the read-out are together, before one cancels another."""
    first, second, last = plan.layers[1], plan.layers[2], plan.layers[3].weights
    for i in range(first.width):
        plan.paths[i] = 0.0
    for k in range(second.width):
        outward = abs(plan.W[last + k * LANES]) * max(1.0, abs(second.slope))
        for i in range(first.width):
            place = second.weights + (k // LANES * first.width + i) * LANES + k % LANES
            plan.paths[i] += abs(plan.W[place]) * outward


@lean
def clear(walk, stacks, work, edges, kept, axes, every):
    """Nothing is met, and no map, cut or facet is known; of lines of the first layer, where their maps will be."""
    p = stacks.nets[0].padded
    for i in range(4 * p):
        stacks.numbers[i] = 0.0
    for unit in range(len(work.lines)):
        line = work.lines[unit]
        line.place, line.padded, line.grain = max(0, unit - 2), p, 0.0
    for l in range(len(work.exact)):
        work.exact[l] = 1
    for i in range(len(edges.sides)):
        side = edges.sides[i]
        side.first = side.length = 0
    for j in range(len(axes)):
        edges.axes[1 + j] = axes[j]
    walk.cuts, walk.free, walk.unused, walk.spare = 1 + len(axes), NONE, 1, len(edges.facets) - 1
    walk.counted = walk.frames = walk.kept = walk.points = walk.pairs = walk.doubtful = 0
    walk.before, walk.blur = -1, 0.0
    walk.decides = walk.depth == 3 and not every and len(kept.sizes) == 0


@lean_entry
def furnish(walks, slopes, kinked, grains, theta, limits, snap, axes, every, table):
    """Writes the network, of which the shape is there. `axes`: of the cuts between tasks; `every`: see walk_on."""
    (edges, stacks, work, kept, plan, whole), walk = opened(table), walks[0]
    clear(walk, stacks, work, edges, kept, axes, every)
    write_box(walk, whole, limits, snap)
    write_layers(walk, plan, slopes, kinked, grains)
    write_weights(walk, stacks, plan, theta)
    write_maps(walk, stacks, plan, theta)
    write_loud(walk, plan, every)
    if walk.decides:
        write_paths(plan)
